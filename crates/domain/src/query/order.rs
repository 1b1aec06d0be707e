//! `ordering=-name,dc__name` to [`OrderBy`](super::OrderBy).
