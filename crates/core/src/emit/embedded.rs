//! fwc's own crates, whose sources are placed beside every generated crate.

use include_dir::{Dir, include_dir};

use crate::plan::{CrateSource, Plan};

/// A crate whose sources are part of the program: without its tests, and without what a build left in its folder.
struct Bundled {
    name: &'static str,
    manifest: &'static str,
    sources: Dir<'static>,
}

static BUNDLED: &[Bundled] = &[
    Bundled {
        name: "fwc-runtime",
        manifest: include_str!("../../../runtime/Cargo.toml"),
        sources: include_dir!("$CARGO_MANIFEST_DIR/../runtime/src"),
    },
    Bundled {
        name: "fwc-hal-rp",
        manifest: include_str!("../../../hal-rp/Cargo.toml"),
        sources: include_dir!("$CARGO_MANIFEST_DIR/../hal-rp/src"),
    },
    Bundled {
        name: "fwc-hal-nrf",
        manifest: include_str!("../../../hal-nrf/Cargo.toml"),
        sources: include_dir!("$CARGO_MANIFEST_DIR/../hal-nrf/src"),
    },
    Bundled {
        name: "fwc-hal-stm32",
        manifest: include_str!("../../../hal-stm32/Cargo.toml"),
        sources: include_dir!("$CARGO_MANIFEST_DIR/../hal-stm32/src"),
    },
    Bundled {
        name: "fwc-hal-esp",
        manifest: include_str!("../../../hal-esp/Cargo.toml"),
        sources: include_dir!("$CARGO_MANIFEST_DIR/../hal-esp/src"),
    },
    Bundled {
        name: "fwc-hal-sim",
        manifest: include_str!("../../../hal-sim/Cargo.toml"),
        sources: include_dir!("$CARGO_MANIFEST_DIR/../hal-sim/src"),
    },
];

/// The files of all crates that the plan takes from a folder.
pub(super) fn crates(plan: &Plan) -> impl Iterator<Item = (String, String)> {
    let folders = plan.crates.iter().filter_map(|used| match &used.source {
        CrateSource::Path(folder) => Some(folder),
        CrateSource::Version(_) => None,
    });
    folders.flat_map(|folder| {
        let bundled = BUNDLED
            .iter()
            .find(|bundled| bundled.name == *folder)
            .unwrap_or_else(|| panic!("no crate `{folder}` is bundled"));
        // In the repository a folder's name is the crate's without its prefix.
        let text = bundled.manifest.replace("path = \"../", "path = \"../fwc-");
        let manifest = (format!("{folder}/Cargo.toml"), text);
        let sources = files(&bundled.sources).into_iter();
        let sources = sources.map(move |(path, text)| (format!("{folder}/src/{path}"), text.to_string()));
        std::iter::once(manifest).chain(sources)
    })
}

/// Every file of a folder, at any depth.
fn files(folder: &'static Dir<'static>) -> Vec<(&'static str, &'static str)> {
    let here = folder.files().filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?)));
    here.chain(folder.dirs().flat_map(files)).collect()
}
