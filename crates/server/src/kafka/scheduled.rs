//! Work of a task: reads a source until nothing comes any more.

use std::sync::Arc;
use std::time::Duration;

use app::ingest::MessageTally;
use app::tasks::{Doing, Failure, Run, Work};

use super::SourceReading;
use super::reader::{Reader, Until};

/// Reads a source until nothing has come for a while.
pub(crate) struct ReadSource {
    pub(crate) reading: SourceReading,
    pub(crate) idle: Duration,
}

impl Work for ReadSource {
    fn run(self: Arc<Self>, run: Run) -> Doing {
        Box::pin(async move {
            let until = Until::idle(run.stop.clone(), self.idle);
            let source = &self.reading.source.name;
            run.info(format!("reads {source} until nothing has come for {:?}", self.idle));
            // What it writes is fenced as all of a run is.
            let mut reader = Reader::new(run.app.clone(), self.reading.clone(), until);
            reader.read().await.map_err(Failure::from)?;
            let tally = reader.finish().await;
            let MessageTally { applied, queued, unchanged, repeats, late, dead } = tally;
            for (what, number) in [
                ("applied", applied),
                ("queued", queued),
                ("unchanged", unchanged),
                ("repeats", repeats),
                ("late", late),
                ("dead", dead),
            ] {
                if number > 0 {
                    run.count(what, number);
                }
            }
            if dead > 0 {
                run.warn(format!("{dead} messages are dead letters: see /-/sources/{source}/"));
            }
            Ok(())
        })
    }
}
