//! The benchmark: the service against bare handlers that run the same statements, in one run on one machine.
//!
//!     cargo bench --bench http                     # 200,000 members
//!     cargo bench --bench http -- --members 1000000
//!
//! Only ratios carry over to another machine. Each figure is the median of three runs; bare and service take turns.
//! The table it prints is the one in the README.

mod bare;
mod load;
mod process;

use std::{path::PathBuf, time::Duration};

use load::{Load, Request, Run};
use process::Service;

const CONNECTIONS: usize = 16;
const REPEATS: usize = 3;
/// What `hoicoso demo` prints and every demonstration account shares.
const LEADER: &str = "thuongtruc";
const CHAIR: &str = "chutich.vinhhai";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // The bare handlers run in a process of their own, as the service does.
    if let Some(place) = arguments.iter().position(|argument| argument == "bare") {
        return bare::serve(&arguments[place + 1], &arguments[place + 2], &arguments[place + 3]);
    }
    let number = |name: &str, otherwise: usize| {
        arguments
            .iter()
            .position(|argument| argument == name)
            .and_then(|place| arguments.get(place + 1)?.parse().ok())
            .unwrap_or(otherwise)
    };
    let members = number("--members", 200_000);
    let seconds = Duration::from_secs(number("--seconds", 4) as u64);

    let folder =
        std::env::var_os("CARGO_TARGET_TMPDIR").map_or_else(std::env::temp_dir, PathBuf::from).join(format!("bench-{members}"));
    let service = Service::start(&folder, members);
    let bare = process::start_bare(&folder.join("hoicoso.db"), &service.keys());
    let leader = service.sign_in(LEADER);
    let chair = service.sign_in(CHAIR);
    let chair_unit = service.unit_of(&chair);
    let province = service.unit_of(&leader);

    let mut table = Table::default();
    println!(
        "{members} members, {CONNECTIONS} connections, {} processors",
        std::thread::available_parallelism().map_or(0, usize::from)
    );

    // W1: one member by id.
    let ids = service.some_members(&chair, &chair_unit, 1000);
    let ours: Vec<Request> = ids.iter().map(|id| Request::get(&format!("/api/v1/members/{id}"), &chair)).collect();
    let theirs: Vec<Request> = ids.iter().map(|id| Request::get(&format!("/member?id={id}&unit={chair_unit}"), &chair)).collect();
    table.compare("GET one member by id", &service.address, &bare.address, &ours, &theirs, seconds);

    // W2: a page of 50 by name, of the province and of one base unit, first and far.
    for (name, unit, token, far) in [("province", &province, &leader, 500), ("base unit", &chair_unit, &chair, 500)] {
        let (cursor, key, page) = service.far_page(token, unit, far);
        for (which, our, their) in [
            ("page 1".to_owned(), format!("/api/v1/members?within={unit}"), format!("/page?unit={unit}")),
            (
                format!("page {page}"),
                format!("/api/v1/members?within={unit}&cursor={cursor}"),
                format!("/page?unit={unit}&after={key}"),
            ),
        ] {
            table.compare(
                &format!("50 members of the {name} by name, {which}"),
                &service.address,
                &bare.address,
                &[Request::get(&our, token)],
                &[Request::get(&their, token)],
                seconds,
            );
        }
    }

    // W3: by a part of the name.
    for (name, part) in [
        ("common (nguyen)", "nguyen"),
        ("two words (thi hoa)", "thi%20hoa"),
        ("rare", &service.rare_name(&leader)),
        ("no match", "xyzzy"),
    ] {
        table.measure(
            &format!("search by part of a name, {name}, province"),
            &service.address,
            &[Request::get(&format!("/api/v1/members?q={part}&limit=20"), &leader)],
            seconds,
        );
        table.measure(
            &format!("search by part of a name, {name}, base unit"),
            &service.address,
            &[Request::get(&format!("/api/v1/members?q={part}&limit=20"), &chair)],
            seconds,
        );
    }
    // W5: who of the core members has the courses of the term, person by person, and as figures.
    let address = format!("/api/v1/units/{province}/training-coverage");
    let audience = "audience=core_member";
    let people = service.get(&leader, &format!("{address}-summary?{audience}"))["denominator"].as_i64().unwrap_or(0);
    let (cursor, last, page) = service.far_coverage(&leader, &format!("{address}?{audience}"), 200);
    for (which, our, their) in [
        ("page 1".to_owned(), format!("{address}?{audience}"), format!("/coverage?unit={province}")),
        (
            format!("page {page}"),
            format!("{address}?{audience}&cursor={cursor}"),
            format!("/coverage?unit={province}&after={last}"),
        ),
    ] {
        table.compare(
            &format!("coverage of 50 of {people} core members of the province, {which}"),
            &service.address,
            &bare.address,
            &[Request::get(&our, &leader)],
            &[Request::get(&their, &leader)],
            seconds,
        );
    }
    let figures = [Request::get(&format!("{address}-summary?{audience}"), &leader)];
    table.measure("coverage of all of them as figures", &service.address, &figures, seconds);
    let own = [Request::get(&format!("/api/v1/units/{chair_unit}/training-coverage?{audience}"), &chair)];
    table.measure("coverage of 50 core members of a base unit", &service.address, &own, seconds);

    table.note("memory of the serving process after these", &format!("{} MB resident", service.resident_megabytes()));

    // W4: admissions, each on disk before its answer.
    let branch = service.branch_of(&chair, &chair_unit);
    let one = load::post_members(&service.address, &chair, &branch, 1, seconds);
    let many = load::post_members(&service.address, &chair, &branch, CONNECTIONS, seconds);
    table.note("admissions, 1 client", &format!("{:.0}/s, p99 {:.1} ms", one.per_second, one.p99_ms));
    table.note(
        &format!("admissions, {CONNECTIONS} clients"),
        &format!("{:.0}/s, p99 {:.1} ms: {:.1} times one client", many.per_second, many.p99_ms, many.per_second / one.per_second),
    );
    table.note("memory at the end", &format!("{} MB resident", service.resident_megabytes()));
    println!("\n| what | service | bare | ratio |\n| --- | --- | --- | --- |\n{}", table.0.join("\n"));
}

#[derive(Default)]
struct Table(Vec<String>);

impl Table {
    fn compare(&mut self, what: &str, ours: &str, theirs: &str, our: &[Request], their: &[Request], time: Duration) {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for _ in 0..REPEATS {
            a.push(Load { address: theirs, requests: their, connections: CONNECTIONS, time }.run());
            b.push(Load { address: ours, requests: our, connections: CONNECTIONS, time }.run());
        }
        let (bare, service) = (median(a), median(b));
        self.row(format!(
            "| {what} | {:.0}/s, p99 {:.1} ms | {:.0}/s | {:.0} % |",
            service.per_second,
            service.p99_ms,
            bare.per_second,
            100.0 * service.per_second / bare.per_second
        ));
    }

    fn measure(&mut self, what: &str, address: &str, requests: &[Request], time: Duration) {
        let run = median((0..REPEATS).map(|_| Load { address, requests, connections: CONNECTIONS, time }.run()).collect());
        self.row(format!("| {what} | {:.0}/s, p99 {:.1} ms | | |", run.per_second, run.p99_ms));
    }

    fn note(&mut self, what: &str, value: &str) {
        self.row(format!("| {what} | {value} | | |"));
    }

    fn row(&mut self, row: String) {
        println!("{row}");
        self.0.push(row);
    }
}

fn median(mut runs: Vec<Run>) -> Run {
    runs.sort_by(|a, b| a.per_second.total_cmp(&b.per_second));
    runs.swap_remove(runs.len() / 2)
}
