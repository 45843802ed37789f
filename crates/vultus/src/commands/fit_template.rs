//! `vultus fit-template`: how the pack makes and scores templates, fitted to many faces.

use std::fmt::Write;
use std::num::NonZeroUsize;
use std::path::Path;

use vultus_eval::calibrate::LabelledPhotos;
use vultus_eval::extract_parts;
use vultus_eval::fit_template::{FitRequest, PartChoice, fit_template};
use vultus_face::recipe::RecipeOrigin;

use crate::ExitStatus;
use crate::args::fitting::FitTemplateArgs;
use crate::commands::last_parts;
use crate::config::Config;
use crate::engine;
use crate::printer::Printer;
use crate::progress::with_photo_bar;

pub(crate) fn run(args: &FitTemplateArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let analyzer = engine::open(config)?;
    let mut photos = LabelledPhotos::default();
    for folder in &args.images {
        photos.add_folder(folder)?;
    }
    let threads = NonZeroUsize::new(config.threads).unwrap_or(NonZeroUsize::MIN);
    let found = with_photo_bar(|progress| extract_parts(&analyzer, &photos.paths, threads, progress))?;
    let faces: Vec<_> = found.into_iter().flatten().collect();
    let part = |(model, weight, dimension): &(String, f32, Option<usize>)| PartChoice {
        model: model.clone(),
        weight: *weight,
        dimension: *dimension,
    };
    let request = FitRequest {
        parts: args.parts.iter().map(part).collect(),
        centroids: args.centroids,
        top: args.top,
        seed: args.seed,
    };
    let origin = RecipeOrigin {
        data: args.data.clone(),
        licence: args.licence.clone(),
        photos: faces.len(),
        command: command_line(args, config),
    };
    let file = fit_template(&faces, &request, origin)?;
    fs_err::write(&args.output, file.to_json()?)?;
    printer.line(&format!(
        "{} photos, {} without a face",
        photos.paths.len(),
        photos.paths.len() - faces.len()
    ));
    for (name, figure) in &file.measured {
        printer.line(&format!("{name} {figure:.4}"));
    }
    Ok(ExitStatus::Done)
}

/// The command to keep in the recipe, without paths of this machine.
fn command_line(args: &FitTemplateArgs, config: &Config) -> String {
    let folders: Vec<_> = args.images.iter().map(|folder| last_parts(folder)).collect();
    let mut command = format!(
        "vultus fit-template --pack {} --images {}",
        last_parts(Path::new(&config.pack)),
        folders.join(" ")
    );
    for (model, share, numbers) in &args.parts {
        let _ = write!(command, " --part {model}={share}");
        if let Some(numbers) = numbers {
            let _ = write!(command, ":{numbers}");
        }
    }
    let _ = write!(command, " --centroids {} --top {} --seed {}", args.centroids, args.top, args.seed);
    command
}
