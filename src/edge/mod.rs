//! The edge wing: a release and a store in, answers out.
