//! Routes of accounts, but for the plain forms.

pub mod account;
pub mod session;

use crate::edge::state::Edge;
use utoipa_axum::router::OpenApiRouter;

/// All routes of this slice.
pub fn routes() -> OpenApiRouter<Edge> {
    account::routes().merge(session::routes())
}
