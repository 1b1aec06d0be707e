//! Takes a backup, and lets old ones go.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use crate::backup::{BackupFile, backup_name, keep_newest};
use crate::tasks::{Doing, Failure, Run, Work};

/// Takes a backup, and lets old ones go.
pub struct Backup {
    /// Where backups stand; every replica that runs the task must reach it.
    pub folder: PathBuf,
    /// How many stay, at least one.
    pub keep: usize,
}

impl Work for Backup {
    fn run(self: Arc<Self>, run: Run) -> Doing {
        Box::pin(async move {
            let ctx = run.context();
            let path = self.folder.join(backup_name(ctx.now));
            let shown = path.display().to_string();
            let unusable = |error: std::io::Error| format!("{shown}: {error}");
            std::fs::create_dir_all(&self.folder).map_err(unusable)?;
            let (begun, file) = BackupFile::create(&path).map_err(unusable)?;
            let looked_at = run.clone();
            let progress = move |_, _| {
                if looked_at.is_to_stop() {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            };
            let out = std::io::BufWriter::new(file);
            let taken = run.app.backup(&ctx, (out, &shown), progress).await;
            let (head, out) = taken.map_err(Failure::from)?;
            let file = out.into_inner().map_err(|error| unusable(error.into_error()))?;
            let bytes = file.metadata().map_or(0, |data| data.len());
            begun.finish(&file).map_err(unusable)?;
            run.count("rows", head.rows);
            run.count("bytes", bytes);
            run.info(format!("{shown}: commit {}, {} rows, {bytes} bytes", head.commit, head.rows));
            for gone in keep_newest(&self.folder, self.keep.max(1)).map_err(unusable)? {
                run.info(format!("let go of {gone}"));
            }
            Ok(())
        })
    }
}
