//! `casebridge policy explain`: what would become of a message.

use std::collections::BTreeSet;

use crate::cli::draft::Draft;
use crate::cli::{Desk, Exit, Failure, Outcome, language, print, print_line};
use crate::partner::Role;
use crate::policy::{End, Explanation};
use crate::schema::Language;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    draft: Draft,
    /// As if a second person with this role had released it; may be given several times
    #[arg(long, value_name = "ROLE")]
    released_by: Vec<Role>,
    /// Print exactly what the partner would get, as JSON, instead of the explanation
    #[arg(long)]
    as_seen: bool,
    /// Print the explanation as JSON
    #[arg(long, conflicts_with = "as_seen")]
    json: bool,
    /// Language of the rules' sentences: `en`, `sr-Cyrl`, `sr-Latn`, `sl` or `de`
    #[arg(long, value_parser = language, default_value = "en")]
    language: Language,
}

pub(super) fn run(args: &Args) -> Outcome {
    let request = args.draft.request("nobody")?;
    let roles: BTreeSet<Role> = args.released_by.iter().copied().collect();
    let desk = Desk::open(&args.draft.config)?;
    let tried = desk
        .runtime
        .block_on(desk.gateway.try_out(request, roles))
        .map_err(|error| Failure::of("not decided", &error))?;
    if args.as_seen {
        let Some(document) = &tried.document else {
            let why = "leave out `--as-seen` to read why";
            return Err(Failure::new(match &tried.basis.verdict.end {
                End::Hold { releasers } => {
                    let role = releasers.iter().flatten().next().map_or("reviewer", |role| role.as_str());
                    format!(
                        "the partner sees nothing before a second person has released it; add `--released-by {role}` to see what then, or {why}"
                    )
                }
                _ => format!("the partner would see nothing: it is refused; {why}"),
            }));
        };
        print_line(&serde_json::to_string_pretty(document).unwrap_or_default());
        return Ok(Exit::Good);
    }
    let reviewers = desk.gateway.roster().reviewers(&args.draft.from);
    desk.gateway.with_rules(|rules| {
        let explanation = Explanation::new(&tried.basis, rules).supposed().with_reviewers(&reviewers);
        if args.json {
            print_line(&serde_json::to_string_pretty(&explanation.json()).unwrap_or_default());
        } else {
            print(&explanation.text(args.language));
        }
    });
    Ok(Exit::Good)
}
