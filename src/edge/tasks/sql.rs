//! The table of jobs: what an erasure does with it. How rows are added and taken is in `store/jobs.rs`.

use crate::edge::tables::{Export, MemberColumn, Table};

/// Letters that wait or were sent name the member, and some an address.
pub const TABLES: &[Table] = &[Table {
    members: &[MemberColumn::deleted("subject")],
    neither: &[("leased_by", "the process that runs the job")],
    export: Export::Nothing("a job is there until its letter has left"),
    erase: &["DELETE FROM job WHERE subject = $1"],
    ..Table::new("job")
}];
