//! One post of a member at a time.
//!
//! How much a member posted in the last hour is counted before the transaction that posts: counted in it, SERIALIZABLE
//! on a server takes posts of other members for conflicts, since it remembers pages of an index and not rows. So two
//! posts of one member must not overlap. Edges that share a store do not wait for each other: there a member can go
//! over the limit by as many posts as arrive in the same milliseconds.

use crate::edge::accounts::MemberId;
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Members that share a lock wait for each other, which is harmless and rare.
const LOCKS: usize = 1_024;

/// The locks of the members. Held until the post is stored or refused: also where the client goes away.
pub struct Turns(Vec<Arc<Mutex<()>>>);

impl Turns {
    /// Nobody posts yet.
    pub fn new() -> Self {
        Turns((0..LOCKS).map(|_| Arc::default()).collect())
    }

    /// Waits until no other post of this member is under way.
    pub async fn take(&self, member: MemberId) -> OwnedMutexGuard<()> {
        // The random half of the id.
        let place = (member.0.as_u128() % LOCKS as u128) as usize;
        Arc::clone(&self.0[place]).lock_owned().await
    }
}

impl Default for Turns {
    fn default() -> Self {
        Turns::new()
    }
}

#[cfg(test)]
mod tests {
    use crate::edge::fixture::Fixture;
    use crate::edge::store::{StoreError, Tx};
    use axum::http::StatusCode;
    use futures_util::future::join_all;
    use std::sync::Arc;

    const TEXT: &str = r#"{"page": "guides/parts", "body": "one of many"}"#;

    async fn post(site: Arc<Fixture>, cookie: String) -> StatusCode {
        let cookie = format!("cookie: {cookie}");
        let lines = [
            "sec-fetch-site: same-origin",
            "content-type: application/json",
            &cookie,
        ];
        site.ask("POST", "/api/comments", &lines, TEXT).await.status
    }

    async fn n_comments(site: &Fixture) -> u32 {
        let count = |tx: &mut Tx| -> Result<u32, StoreError> {
            let n = tx.query_one("SELECT COUNT(*) AS n FROM comment", &[], |row| row.get("n"))?;
            Ok(n.unwrap())
        };
        site.edge.store.read(count).await.unwrap()
    }

    /// However many posts arrive at once, and also where clients go away before they are answered.
    async fn play(site: Arc<Fixture>) {
        let per_hour = site.edge.release().manifest().edge.comments.per_hour;
        let mei = site.member("mei", None, true).await;
        let impatient: Vec<_> = (0..per_hour)
            .map(|_| tokio::spawn(post(Arc::clone(&site), mei.clone())))
            .collect();
        for (n, one) in impatient.into_iter().enumerate() {
            for _ in 0..n {
                tokio::task::yield_now().await;
            }
            one.abort();
        }
        let many = (0..2 * per_hour).map(|_| post(Arc::clone(&site), mei.clone()));
        let statuses = join_all(many).await;
        assert!(statuses.contains(&StatusCode::TOO_MANY_REQUESTS));
        assert!(
            statuses.iter().all(|it| [201, 429].contains(&it.as_u16())),
            "{statuses:?}"
        );
        assert_eq!(n_comments(&site).await, per_hour);
        // Others do not wait for that member, nor for its hour to end.
        let ada = site.member("ada", None, true).await;
        assert_eq!(post(Arc::clone(&site), ada).await, StatusCode::CREATED);
    }

    #[test]
    fn a_member_cannot_outrun_the_limit() {
        for site in Fixture::on_each_engine() {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            let site = Arc::new(site);
            runtime.block_on(play(Arc::clone(&site)));
            site.edge.store.close();
        }
    }
}
