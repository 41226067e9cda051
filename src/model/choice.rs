//! Which networks the options stand for.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use super::{Kind, ModelFile, Registry};
use crate::error::Result;
use crate::options::{Options, is_model_file};

/// The networks that a choice of model stands for.
pub struct Choice {
    /// Those that fuse bands.
    pub fusions: Vec<Arc<ModelFile>>,
    /// Those that enlarge single bands.
    pub singles: Vec<Arc<ModelFile>>,
    /// One network was named, not a family: all that it makes is wanted, and nothing else.
    pub one: bool,
}

/// One model, by its name in the index or by its file.
pub fn one(model: &OsStr, options: &Options) -> Result<ModelFile> {
    if is_model_file(model) {
        return ModelFile::read(Path::new(model));
    }
    let registry = Registry::find(options)?;
    match registry.named(model) {
        Some(entry) => registry.load(entry),
        None => Err(registry.unknown_one(model)),
    }
}

/// The networks that the options stand for.
pub fn choose(options: &Options) -> Result<Choice> {
    let load = |registry: &Registry, family: &str| -> Result<(Vec<_>, Vec<_>)> {
        let files = registry
            .family(family)
            .into_iter()
            .map(|e| registry.load(e).map(Arc::new))
            .collect::<Result<Vec<_>>>()?;
        Ok(files
            .into_iter()
            .partition(|f| f.contract.kind == Kind::Fusion))
    };
    let model = options.model.as_deref();
    if let Some(file) = model.filter(|m| is_model_file(m)) {
        let file = Arc::new(ModelFile::read(Path::new(file))?);
        if file.contract.kind == Kind::SingleBand {
            return Ok(Choice {
                fusions: Vec::new(),
                singles: vec![file],
                one: true,
            });
        }
        // To 5 m a fusing network needs a single-band one after it; the installed default is only
        // asked for then.
        let singles = if options.to == Some(5) {
            default_singles(options, &load)?
        } else {
            Vec::new()
        };
        return Ok(Choice {
            fusions: vec![file],
            singles,
            one: true,
        });
    }
    let registry = Registry::find(options)?;
    let name = model.unwrap_or(OsStr::new(&registry.default));
    if let Some(entry) = registry.named(name) {
        let file = Arc::new(registry.load(entry)?);
        return Ok(match file.contract.kind {
            Kind::SingleBand => Choice {
                fusions: Vec::new(),
                singles: vec![file],
                one: true,
            },
            Kind::Fusion => Choice {
                fusions: vec![file],
                singles: load(&registry, &registry.default)?.1,
                one: true,
            },
        });
    }
    // No family has a name that is no text.
    let (fusions, mut singles) = load(&registry, name.to_str().unwrap_or_default())?;
    if fusions.is_empty() && singles.is_empty() {
        return Err(registry.unknown(name));
    }
    if singles.is_empty() {
        singles = load(&registry, &registry.default)?.1;
    }
    Ok(Choice {
        fusions,
        singles,
        one: false,
    })
}

/// The installed networks that give expected errors, by name; none where no index is found.
pub fn with_sigma(options: &Options) -> Vec<String> {
    let models = Registry::find(options).map_or_else(|_| Vec::new(), |r| r.models);
    let able = models.into_iter().filter(|m| m.uncertainty);
    able.map(|m| m.name).collect()
}

type Load<'a> = &'a dyn Fn(&Registry, &str) -> Result<(Vec<Arc<ModelFile>>, Vec<Arc<ModelFile>>)>;

fn default_singles(options: &Options, load: Load) -> Result<Vec<Arc<ModelFile>>> {
    let registry = Registry::find(options)?;
    Ok(load(&registry, &registry.default)?.1)
}
