//! Says how the scripts and styles of the pages are made, where they are not there.

fn main() {
    let built = "assets/dist/.vite/manifest.json";
    println!("cargo::rerun-if-changed={built}");
    if !std::path::Path::new(built).is_file() {
        println!(
            "cargo::error=the scripts and styles of the pages are not made yet: `cargo xtask assets` makes them"
        );
    }
}
