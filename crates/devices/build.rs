//! Has cargo build the crate anew when a file is added to the catalogue, which is embedded in it.

fn main() {
    println!("cargo:rerun-if-changed=catalog");
}
