//! Every state, action and role of a machine: what a table written by hand from the domain guide says, the service does.

use hoicoso::access::Role;
use serde_json::Value;

use super::world::World;

/// A row of the table: one action.
pub struct Rule {
    pub action: &'static str,
    /// The sub-resource it is posted to.
    pub noun: &'static str,
    pub body: Value,
    pub roles: &'static [Role],
    pub from: &'static [&'static str],
    /// The states of which the answer shows one.
    pub to: &'static [&'static str],
}

impl Rule {
    pub fn new(action: &'static str, noun: &'static str, roles: &'static [Role], from: &'static [&'static str]) -> Self {
        Self { action, noun, body: serde_json::json!({}), roles, from, to: &[] }
    }

    #[must_use]
    pub fn to(mut self, to: &'static [&'static str]) -> Self {
        self.to = to;
        self
    }

    #[must_use]
    pub fn body(mut self, body: Value) -> Self {
        self.body = body;
        self
    }
}

/// Walks all cells. `put` gives the id of an object in a state, such that nothing but the state can stand in the way of the
/// action; it stands where every `walk.{role}` reaches it. What is allowed is tried without effect, what is not is sent in earnest
/// and must change nothing; the object's `allowed_actions` must say the same. How many cells there were.
pub async fn walk(world: &World, kind: &str, states: &[&str], rules: &[Rule], put: impl AsyncFn(&str, &str) -> String) -> usize {
    let (mut faults, mut cells) = (Vec::new(), 0);
    let machine = world.machine().await;
    for state in states {
        for rule in rules {
            let id = put(state, rule.action).await;
            let path = format!("{kind}/{id}");
            // What is refused changes nothing, what is tried without effect neither: one look for all roles.
            let seen = world.user("walk.base_president").get(&path).await.expect(200);
            assert_eq!(seen["status"], *state, "{kind} was not put into its state");
            let before = world.database().state();
            for role in Role::ALL {
                cells += 1;
                let caller = if *role == Role::ExportClient { machine.clone() } else { world.user(&format!("walk.{role}")) };
                let ask = caller.act(format!("{path}/{}", rule.noun), seen.version(), rule.body.clone());
                let (may, now) = (rule.roles.contains(role), rule.from.contains(state));
                let cell = format!("{kind} {state} {} as {role}", rule.action);
                if may && now {
                    let answer = ask.prefer("tx=rollback").await;
                    let status = answer["status"].as_str().unwrap_or_default();
                    if !(200..300).contains(&answer.status) || !(rule.to.is_empty() || rule.to.contains(&status)) {
                        faults.push(format!("{cell}: {answer:?}"));
                    }
                } else {
                    let answer = ask.await;
                    let wanted = if may { (409, "invalid_transition") } else { (403, "forbidden") };
                    if (answer.status, answer["code"].as_str().unwrap_or_default()) != wanted {
                        faults.push(format!("{cell}: not {wanted:?} but {answer:?}"));
                    }
                    if wanted.0 == 409 && answer.json.get("allowed_actions").is_none() {
                        faults.push(format!("{cell}: 409 does not say what is possible"));
                    }
                }
                // What the object itself says may be done.
                let own = caller.get(&path).await;
                if own.status == 200 {
                    let shown = own.actions().contains(&rule.action);
                    if shown != (may && now) {
                        faults.push(format!("{cell}: allowed_actions says {shown}"));
                    }
                }
            }
            if world.database().state() != before {
                faults.push(format!("{kind} {state} {}: something was changed", rule.action));
            }
        }
    }
    assert!(faults.is_empty(), "{} of {cells} cells:\n{}", faults.len(), faults.join("\n"));
    cells
}
