//! api-kairos
