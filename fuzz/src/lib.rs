//! What the fuzz targets share.
pub mod image;
pub mod protobuf;
