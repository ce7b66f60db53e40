//! `GET /api/parts`, `GET /api/tiers`.
