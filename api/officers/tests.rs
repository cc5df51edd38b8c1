//! The life of a small board, through the queries, on both databases.

use chrono::{Days, NaiveDate};

use super::{
    appointments::{self, AppointmentCorrection, AppointmentEnding, AppointmentFilters, AppointmentRow, NewAppointment},
    assignments::{self, NewUnitAssignment, UnitAssignmentEnding, UnitAssignmentFilters},
    model::{
        AppointmentEndReason, AppointmentManner, AppointmentStatus, FieldVisitPurpose, FieldVisitStatus, Post, QualificationKind,
        QualificationLevel, SeatKind, StandardItem,
    },
    qualifications::{self, NewQualification, QualificationWithdrawal},
    roster::{self, OfficerFilters},
    standards::{self, NewTitleStandard, TitleStandardFilters},
    terms::{self, NewTerm, TermCorrection, TermFilters},
    visits::{self, FieldVisitCancellation, FieldVisitCompletion, FieldVisitCorrection, FieldVisitFilters, NewFieldVisit},
};
use crate::{
    access::{Action, Resource, Scope},
    calendar::today,
    db::{
        self, Actor, Db, Id, TextList, Tx,
        schema::{core_periods, members},
    },
    http::{Code, Locale, Problem, Result},
    keys::Keys,
    members::{MemberKind, MemberRow, MemberStatus, ResidenceKind, Sex},
    text,
    units::{self, UnitKind, posts},
};

use diesel::{ExpressionMethods, QueryDsl};

fn day(s: &str) -> NaiveDate {
    s.parse().unwrap()
}

fn scope(action: Action) -> Scope {
    Scope::system(action, Resource::Officers)
}

fn code(problem: &Problem) -> String {
    problem.to_json(Locale::En, "", "")["errors"][0]["code"].as_str().unwrap_or_default().to_owned()
}

fn unit(tx: &mut Tx<'_>, kind: UnitKind, code: Option<&str>, name: &str, parent: Option<Id>) -> Result<Id> {
    let id = Id::new();
    let new = serde_json::json!({ "kind": kind, "code": code, "name": name, "parent_id": parent, "founded_on": "2000-01-01" });
    let new = serde_json::from_value(new).unwrap();
    units::store::create(tx, &Scope::system(Action::Create, Resource::Units), id, &new)?;
    Ok(id)
}

fn person(tx: &mut Tx<'_>, name: &str, born: &str, unit: Id, is_core: bool) -> Result<Id> {
    let (id, now) = (Id::new(), tx.now());
    let row = MemberRow {
        id,
        version: 1,
        created_at: now,
        updated_at: now,
        membership_no: id.to_string(),
        kind: MemberKind::Regular,
        status: MemberStatus::Active,
        full_name: name.into(),
        search_name: text::search_form(name),
        sort_key: text::person_sort_key(name),
        sex: Sex::Female,
        born_on: day(born),
        birth_precision: "day".into(),
        national_id_sealed: None,
        national_id_hash: None,
        national_id_last3: None,
        national_id_reason: None,
        phone: None,
        address: None,
        residential_area: None,
        residence_kind: ResidenceKind::Permanent,
        occupation_code: None,
        ethnic_group_code: None,
        religion_code: None,
        sensitive_consent_on: None,
        special_groups: TextList::of::<&str>(&[]),
        is_core,
        unit_id: unit,
        joined_on: day("2010-01-01"),
        left_on: None,
        last_verified_on: None,
    };
    tx.keep(diesel::insert_into(members::table).values(&row))?;
    Ok(id)
}

fn new(member_id: Id, unit_id: Id, post: Post, starts_on: &str) -> NewAppointment {
    NewAppointment {
        id: None,
        member_id,
        unit_id,
        body_id: None,
        post,
        term_id: None,
        manner: AppointmentManner::Elected,
        is_full_time: post == Post::President,
        seat_kind: SeatKind::Core,
        sector: None,
        decision_no: None,
        starts_on: day(starts_on),
        ends_on: None,
        end_reason: None,
    }
}

fn appoint(tx: &mut Tx<'_>, new: &NewAppointment) -> Result<AppointmentRow> {
    appointments::create(tx, &scope(Action::Create), Id::new(), new)
}

struct World {
    province: Id,
    base: Id,
    branch: Id,
    hoa: Id,
    lan: Id,
    anh: Id,
}

fn world(tx: &mut Tx<'_>) -> Result<World> {
    units::store::ensure_kind_rules(tx)?;
    standards::ensure_title_standards(tx)?;
    standards::ensure_title_standards(tx)?;
    let province = unit(tx, UnitKind::Province, Some("56"), "Tỉnh Khánh Hòa", None)?;
    let base = unit(tx, UnitKind::Base, Some("22330"), "Phường Vĩnh Hải", Some(province))?;
    let branch = unit(tx, UnitKind::Branch, None, "Chi hội Đường Đệ", Some(base))?;
    Ok(World {
        province,
        base,
        branch,
        hoa: person(tx, "Nguyễn Thị Hòa", "1984-05-17", branch, false)?,
        lan: person(tx, "Trần Lan", "1990-01-01", branch, true)?,
        anh: person(tx, "Lê Thị Ánh", "1970-01-01", branch, false)?,
    })
}

fn officers(reader: &mut db::Reader<'_>, filters: &OfficerFilters, limit: i64) -> Result<Vec<String>> {
    let page = roster::list(reader, &scope(Action::Read), filters, Locale::Vi, None, false, limit)?;
    Ok(page.items.into_iter().map(|entry| entry.full_name).collect())
}

/// Somebody comes to a post, is judged, learns, leaves; others may not take it meanwhile.
fn story(tx: &mut Tx<'_>) -> Result<()> {
    let World { province, base, branch, hoa, lan, anh } = world(tx)?;
    let (read, write) = (scope(Action::Read), scope(Action::Update));

    // What cannot be.
    for (wrong, expected) in [
        (new(Id::new(), base, Post::President, "2022-01-01"), "unknown_member"),
        (new(hoa, Id::new(), Post::President, "2022-01-01"), "unknown_unit"),
        (new(hoa, branch, Post::President, "2022-01-01"), "wrong_post"),
        (new(hoa, base, Post::President, "1999-12-31"), "under_age"),
        (NewAppointment { starts_on: day("2002-05-16"), ..new(hoa, base, Post::President, "2022-01-01") }, "under_age"),
        (NewAppointment { starts_on: today() + Days::new(1), ..new(hoa, base, Post::President, "2022-01-01") }, "in_the_future"),
        (NewAppointment { seat_kind: SeatKind::Sector, ..new(hoa, base, Post::President, "2022-01-01") }, "required"),
        (NewAppointment { body_id: Some(Id::new()), ..new(hoa, base, Post::President, "2022-01-01") }, "unknown_body"),
        (NewAppointment { term_id: Some(Id::new()), ..new(hoa, base, Post::President, "2022-01-01") }, "unknown_term"),
        (NewAppointment { ends_on: Some(day("2023-01-01")), ..new(hoa, base, Post::President, "2022-01-01") }, "end_and_reason"),
    ] {
        assert_eq!(code(&appoint(tx, &wrong).unwrap_err()), expected);
    }

    // Terms do not overlap; a post begins in its term.
    let standards_scope = Scope::system(Action::Update, Resource::Standards);
    let term = |from: &str, to: &str| NewTerm {
        id: None,
        unit_id: base,
        ordinal: "XIII".into(),
        name: "Nhiệm kỳ".into(),
        starts_on: day(from),
        ends_on: day(to),
    };
    let opened = terms::create(tx, &standards_scope, Id::new(), &term("2021-05-01", "2026-05-01"))?;
    let overlap = terms::create(tx, &standards_scope, Id::new(), &term("2026-04-30", "2031-05-01")).unwrap_err();
    assert_eq!(code(&overlap), "terms_overlap");
    terms::create(tx, &standards_scope, Id::new(), &term("2016-05-01", "2021-05-01"))?;
    let in_term = |starts: &str| NewAppointment { term_id: Some(opened.id), ..new(hoa, base, Post::President, starts) };
    assert_eq!(code(&appoint(tx, &in_term("2021-04-30")).unwrap_err()), "outside_term");
    let president = appoint(tx, &in_term("2021-06-01"))?;
    let filters = TermFilters { within: Some(province), as_of: Some(day("2021-05-01")), ..TermFilters::default() };
    let running = terms::list(&mut tx.read(), &standards_scope, &filters, None, true, 50)?;
    assert_eq!(running.items.iter().map(|row| row.id).collect::<Vec<_>>(), [opened.id]);
    let before =
        TermCorrection {
            ordinal: "XIII".into(), name: "Nhiệm kỳ".into(), starts_on: opened.starts_on, ends_on: opened.ends_on
        };
    let late = TermCorrection { starts_on: day("2021-07-01"), ..before.clone() };
    assert_eq!(terms::correct(tx, opened.clone(), &before, &late).unwrap_err().code(), Code::Conflict);
    let longer = TermCorrection { ends_on: day("2026-06-01"), ..before.clone() };
    let opened = terms::correct(tx, opened, &before, &longer)?;

    // One president at a time, nobody twice.
    let taken = appoint(tx, &new(anh, base, Post::President, "2023-01-01")).unwrap_err();
    assert_eq!((taken.code(), code(&taken)), (Code::Conflict, "post_taken".to_owned()));
    assert_eq!(taken.to_json(Locale::Vi, "", "")["holder"]["full_name"], "Nguyễn Thị Hòa");
    assert_eq!(code(&appoint(tx, &new(hoa, base, Post::President, "2023-01-01")).unwrap_err()), "already_in_post");
    // What is over may be entered beside it.
    let old = NewAppointment {
        ends_on: Some(day("2021-06-01")),
        end_reason: Some(AppointmentEndReason::TermEnd),
        ..new(anh, base, Post::President, "2016-06-01")
    };
    appoint(tx, &old)?;

    // A core member who becomes an officer is none from that day on.
    tx.keep(diesel::insert_into(core_periods::table).values((
        core_periods::id.eq(Id::new()),
        core_periods::version.eq(1_i64),
        core_periods::created_at.eq(tx.now()),
        core_periods::updated_at.eq(tx.now()),
        core_periods::member_id.eq(lan),
        core_periods::valid_from.eq(day("2015-01-01")),
    )))?;
    let head = appoint(tx, &new(lan, branch, Post::BranchHead, "2022-03-01"))?;
    let (is_core, version): (bool, i64) = tx.read().one(members::table.find(lan).select((members::is_core, members::version)))?;
    assert_eq!((is_core, version), (false, 2));
    let (to, reason): (Option<NaiveDate>, Option<String>) = tx.read().one(
        core_periods::table.filter(core_periods::member_id.eq(lan)).select((core_periods::valid_to, core_periods::end_reason)),
    )?;
    assert_eq!((to, reason.as_deref()), (Some(day("2022-03-01")), Some("became_officer")));
    appoint(
        tx,
        &NewAppointment {
            seat_kind: SeatKind::Sector,
            sector: Some("Y tế".into()),
            ..new(lan, base, Post::CommitteeMember, "2022-03-01")
        },
    )?;

    // Lists.
    let all = AppointmentFilters { within: Some(province), ..AppointmentFilters::default() };
    let first = appointments::list(&mut tx.read(), &read, &all, None, false, 2)?;
    let second = appointments::list(&mut tx.read(), &read, &all, first.next, false, 2)?;
    assert_eq!((first.items.len(), second.items.len(), second.next), (2, 2, None));
    for (filters, count) in [
        (AppointmentFilters { unit: Some(branch), ..AppointmentFilters::default() }, 1),
        (AppointmentFilters { post: vec![Post::President, Post::BranchHead], ..AppointmentFilters::default() }, 3),
        (AppointmentFilters { member_id: Some(lan), ..AppointmentFilters::default() }, 2),
        (AppointmentFilters { status: vec![AppointmentStatus::Ended], ..AppointmentFilters::default() }, 1),
        (AppointmentFilters { is_full_time: Some(true), ..AppointmentFilters::default() }, 2),
        (AppointmentFilters { as_of: Some(day("2021-06-01")), ..AppointmentFilters::default() }, 1),
        (AppointmentFilters { expiring_before: Some(day("2026-05-31")), ..AppointmentFilters::default() }, 0),
        (AppointmentFilters { expiring_before: Some(day("2026-06-01")), ..AppointmentFilters::default() }, 1),
    ] {
        let page = appointments::list(&mut tx.read(), &read, &filters, None, true, 50)?;
        assert_eq!(page.items.len(), count, "{filters:?}");
        assert_eq!(appointments::views(&mut tx.read(), Some(&write), page.items)?.len(), count);
    }

    // One row a person, given name first; two posts are one officer.
    let everybody = OfficerFilters::default();
    assert_eq!(officers(&mut tx.read(), &everybody, 50)?, ["Nguyễn Thị Hòa", "Trần Lan"]);
    for (filters, names) in [
        (OfficerFilters { as_of: Some(day("2020-01-01")), ..everybody.clone() }, vec!["Lê Thị Ánh"]),
        (OfficerFilters { unit: Some(base), post: vec![Post::CommitteeMember], ..everybody.clone() }, vec!["Trần Lan"]),
        (OfficerFilters { unit: Some(branch), post: vec![Post::CommitteeMember], ..everybody.clone() }, vec![]),
        (OfficerFilters { q: Some("THI HOÀ".into()), within: Some(base), ..everybody.clone() }, vec!["Nguyễn Thị Hòa"]),
        (OfficerFilters { is_full_time: Some(false), ..everybody.clone() }, vec!["Trần Lan"]),
        (OfficerFilters { meets_standard: Some(false), ..everybody.clone() }, vec!["Nguyễn Thị Hòa", "Trần Lan"]),
        (OfficerFilters { meets_standard: Some(true), ..everybody.clone() }, vec![]),
    ] {
        assert_eq!(officers(&mut tx.read(), &filters, 50)?, names, "{filters:?}");
    }
    let page = roster::list(&mut tx.read(), &read, &everybody, Locale::Vi, None, false, 1)?;
    let rest = roster::list(&mut tx.read(), &read, &everybody, Locale::Vi, page.next, false, 1)?;
    assert_eq!((rest.items[0].full_name.as_str(), rest.items[0].posts.len(), rest.next), ("Trần Lan", 2, None));
    let failing = OfficerFilters { meets_standard: Some(false), ..everybody };
    let page = roster::list(&mut tx.read(), &read, &failing, Locale::Vi, None, false, 1)?;
    assert_eq!((page.items.len(), page.next.is_some()), (1, true));
    let rest = roster::list(&mut tx.read(), &read, &failing, Locale::Vi, page.next, false, 1)?;
    assert_eq!((rest.items[0].full_name.as_str(), rest.next), ("Trần Lan", None));

    // Judged by the standard of the day, and by what is recorded.
    let learned = |kind, level, obtained: &str| NewQualification {
        id: None,
        kind,
        level,
        field: None,
        issuer: None,
        certificate_no: None,
        obtained_on: day(obtained),
    };
    let wrong = learned(QualificationKind::Professional, Some(QualificationLevel::Primary), "2000-01-01");
    assert_eq!(code(&qualifications::create(tx, &write, hoa, Id::new(), &wrong).unwrap_err()), "wrong_level");
    let stranger = qualifications::create(tx, &write, anh, Id::new(), &wrong).unwrap_err();
    assert_eq!(stranger.code(), Code::NotFound, "whose last post is over");
    for (kind, level) in [
        (QualificationKind::GeneralEducation, QualificationLevel::UpperSecondary),
        (QualificationKind::Professional, QualificationLevel::College),
        (QualificationKind::PoliticalTheory, QualificationLevel::Intermediate),
    ] {
        qualifications::create(tx, &write, hoa, Id::new(), &learned(kind, Some(level), "2010-01-01"))?;
    }
    let judged = |tx: &mut Tx<'_>, on: &str| roster::find(&mut tx.read(), &read, Some(&write), hoa, day(on), Locale::En);
    let officer = judged(tx, "2024-01-01")?;
    assert_eq!((officer.meets_standard, officer.posts[0].missing.len(), officer.qualifications.len()), (Some(true), 0, 3));
    assert_eq!(officer.qualifications[0].allowed_actions.len(), 2);
    let officer = judged(tx, "2025-07-01")?;
    assert_eq!(officer.meets_standard, Some(false));
    let missing = &officer.posts[0].missing;
    assert_eq!((missing.len(), missing[0].item, missing[0].required.as_str()), (1, StandardItem::Professional, "university"));
    assert_eq!(missing[0].label, "Professional level: university is needed, there is: college");
    let degree = learned(QualificationKind::Professional, Some(QualificationLevel::University), "2015-01-01");
    let degree = qualifications::create(tx, &write, hoa, Id::new(), &degree)?;
    assert_eq!(judged(tx, "2025-07-01")?.meets_standard, Some(true));
    let gone = QualificationWithdrawal { withdrawn_on: day("2015-01-01"), reason: "Nhập nhầm".into() };
    let degree = qualifications::withdraw(tx, &write, degree, &gone)?;
    assert_eq!(judged(tx, "2025-07-01")?.meets_standard, Some(false));
    assert_eq!(qualifications::withdraw(tx, &write, degree, &gone).unwrap_err().code(), Code::InvalidTransition);

    // Standards are data.
    let all = standards::list(&mut tx.read(), &standards_scope, &TitleStandardFilters::default(), None, false, 50)?;
    assert_eq!(all.items.len(), 5, "loaded once");
    let standard = NewTitleStandard {
        id: None,
        post: Post::President,
        unit_kind: UnitKind::Base,
        trait_code: None,
        valid_from: day("2025-06-30"),
        valid_to: Some(day("2025-07-01")),
        min_general_education: None,
        min_professional: None,
        min_political_theory: None,
        required_certificates: vec![],
        max_age_first_term: None,
        legal_basis: "x".into(),
    };
    let overlap = standards::create(tx, &standards_scope, Id::new(), &standard).unwrap_err();
    assert_eq!(code(&overlap), "standards_overlap");
    let other = NewTitleStandard { post: Post::VicePresident, ..standard.clone() };
    standards::create(tx, &standards_scope, Id::new(), &other)?;
    let wrong = NewTitleStandard { required_certificates: vec![QualificationKind::Professional], ..other };
    assert_eq!(code(&standards::create(tx, &standards_scope, Id::new(), &wrong).unwrap_err()), "not_a_certificate");

    // The board as of a day.
    let board = roster::board(&mut tx.read(), &read, base, day("2022-06-01"))?;
    let posts: Vec<_> = board.groups.iter().map(|group| (group.post, group.seats.len())).collect();
    assert_eq!((posts, board.vacancies.len()), (vec![(Post::President, 1), (Post::CommitteeMember, 1)], 0));
    assert_eq!(roster::board(&mut tx.read(), &read, base, day("1999-01-01")).unwrap_err().code(), Code::NotFound);
    assert_eq!(roster::board(&mut tx.read(), &read, branch, day("2020-01-01"))?.vacancies[0].since, None);

    // Corrections and ends.
    let before = AppointmentCorrection {
        body_id: None,
        term_id: Some(opened.id),
        manner: AppointmentManner::Elected,
        is_full_time: true,
        seat_kind: SeatKind::Core,
        sector: None,
        decision_no: None,
        starts_on: president.starts_on,
        ends_on: None,
        end_reason: None,
    };
    let early = AppointmentCorrection { starts_on: day("2021-05-31"), ..before.clone() };
    assert_eq!(code(&appointments::correct(tx, &write, president.clone(), &before, &early).unwrap_err()), "post_taken");
    let after = AppointmentCorrection { decision_no: Some("25-QĐ/BTV".into()), ..before.clone() };
    let corrected = appointments::correct(tx, &write, president.clone(), &before, &after)?;
    assert_eq!(corrected.version, 2);
    let stale = appointments::correct(tx, &write, president, &before, &after).unwrap_err();
    assert_eq!(stale.code(), Code::VersionMismatch);
    let ending = |on: &str| AppointmentEnding { ends_on: day(on), reason: AppointmentEndReason::Resigned, decision_no: None };
    let early = appointments::end(tx, &write, corrected.clone(), &ending("2021-06-01")).unwrap_err();
    assert_eq!(code(&early), "before_start");
    let ended = appointments::end(tx, &write, corrected, &ending("2024-06-01"))?;
    assert_eq!(appointments::end(tx, &write, ended, &ending("2024-06-01")).unwrap_err().code(), Code::InvalidTransition);
    let board = roster::board(&mut tx.read(), &read, base, day("2024-06-01"))?;
    assert_eq!(board.vacancies[0].since, Some(day("2024-06-01")));
    assert_eq!(roster::board(&mut tx.read(), &read, base, day("2024-05-31"))?.vacancies.len(), 0);
    let officer = judged(tx, "2024-06-01")?;
    assert_eq!((officer.posts.len(), officer.other_posts.len(), officer.meets_standard), (0, 1, None));
    appoint(tx, &new(anh, base, Post::President, "2024-06-01"))?;

    // Who looks after a unit: one at a time.
    let charge =
        |member_id, from: &str| NewUnitAssignment { id: None, member_id, unit_id: branch, valid_from: day(from), reason: None };
    assert_eq!(code(&assignments::create(tx, &write, Id::new(), &charge(hoa, "2024-07-01")).unwrap_err()), "unknown_officer");
    let assigned = assignments::create(tx, &write, Id::new(), &charge(anh, "2024-07-01"))?;
    let taken = assignments::create(tx, &write, Id::new(), &charge(lan, "2025-01-01")).unwrap_err();
    assert_eq!((taken.code(), code(&taken)), (Code::Conflict, "unit_taken".to_owned()));
    let ending = UnitAssignmentEnding { valid_to: day("2025-01-01"), reason: None };
    assignments::end(tx, &write, assigned, &ending)?;
    assignments::create(tx, &write, Id::new(), &charge(lan, "2025-01-01"))?;
    let on = |tx: &mut Tx<'_>, on: &str| assignments::in_charge(&mut tx.read(), &read, branch, day(on)).map(|row| row.member_id);
    assert_eq!((on(tx, "2024-12-31")?, on(tx, "2025-01-01")?), (anh, lan));
    assert_eq!(on(tx, "2024-06-30").unwrap_err().code(), Code::NotFound);
    let filters = UnitAssignmentFilters { within: Some(base), as_of: Some(day("2025-01-01")), ..Default::default() };
    assert_eq!(assignments::list(&mut tx.read(), &read, &filters, None, false, 50)?.items.len(), 1);

    // Visits.
    let visit = NewFieldVisit {
        id: None,
        member_id: anh,
        unit_id: branch,
        purpose: FieldVisitPurpose::Support,
        planned_on: day("2025-03-01"),
    };
    let stranger = NewFieldVisit { member_id: hoa, ..visit.clone() };
    assert_eq!(code(&visits::create(tx, &write, None, Id::new(), &stranger).unwrap_err()), "unknown_officer");
    visits::create(tx, &write, Some(hoa), Id::new(), &stranger)?;
    let planned = visits::create(tx, &write, None, Id::new(), &visit)?;
    let before = FieldVisitCorrection { purpose: FieldVisitPurpose::Support, planned_on: day("2025-03-01"), findings: None };
    let after = FieldVisitCorrection { planned_on: day("2025-03-02"), ..before.clone() };
    let planned = visits::correct(tx, planned, &before, &after)?;
    let made = FieldVisitCompletion { done_on: day("2025-03-02"), findings: "Tốt".into() };
    let done = visits::complete(tx, planned, &made)?;
    assert_eq!((done.status, done.version), (FieldVisitStatus::Done, 3));
    let cancel = FieldVisitCancellation { reason: "Bão".into() };
    assert_eq!(visits::cancel(tx, done, &cancel).unwrap_err().code(), Code::InvalidTransition);
    let filters = FieldVisitFilters {
        status: vec![FieldVisitStatus::Done],
        planned_from: Some(day("2025-03-02")),
        planned_to: Some(day("2025-03-02")),
        ..Default::default()
    };
    assert_eq!(visits::list(&mut tx.read(), &read, &filters, None, true, 50)?.items.len(), 1);

    // Death and closure end what is held.
    let died = day("2025-06-01");
    posts::end_all(tx, posts::Of::Member(anh), died, AppointmentEndReason::Died.as_str())?;
    assert!(posts::held(tx, anh)?.is_empty());
    posts::end_all(tx, posts::Of::Unit(branch), died, AppointmentEndReason::UnitClosed.as_str())?;
    let head = appointments::find(&mut tx.read(), &read, head.id)?;
    assert_eq!((head.status, head.end_reason), (AppointmentStatus::Ended, Some(AppointmentEndReason::UnitClosed)));
    Ok(())
}

fn run(url: &str) {
    let db = Db::open(url, 2, std::sync::Arc::new(Keys::from_base64(&"A".repeat(43)).unwrap())).unwrap();
    let done = actix_web::rt::System::new().block_on(db.write(Actor::system("test"), story));
    done.unwrap();
}

#[test]
fn a_board_lives_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path().join("a").to_str().unwrap());
}

#[test]
fn a_board_lives_on_postgresql() {
    use diesel::connection::SimpleConnection;
    let server = std::env::var("DATABASE_URL_POSTGRES").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432".into());
    let Ok(mut admin) = db::connect(&format!("{server}/postgres")) else { return };
    let name = format!("hoicoso_officers_test_{}", std::process::id());
    admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).unwrap();
    admin.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    let outcome = std::panic::catch_unwind(|| run(&format!("{server}/{name}")));
    admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).unwrap();
    outcome.unwrap();
}
