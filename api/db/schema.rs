//! The tables, as Diesel sees them in both databases. Kept beside `migrations/`; `tests/engines.rs` reads every
//! column of every table on both.

diesel::table! {
    settings (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    accounts (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        username -> Text,
        display_name -> Text,
        password_hash -> Text,
        must_change_password -> Bool,
        password_changed_at -> Nullable<BigInt>,
        status -> Text,
        failed_sign_ins -> BigInt,
        locked_until -> Nullable<BigInt>,
        last_sign_in_at -> Nullable<BigInt>,
        member_id -> Nullable<Binary>,
    }
}

diesel::table! {
    clients (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        client_id -> Text,
        name -> Text,
        kind -> Text,
        secret_hash -> Nullable<Binary>,
        jwks -> Nullable<Text>,
        status -> Text,
        last_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    role_assignments (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        principal_id -> Binary,
        role -> Text,
        unit_id -> Binary,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        given_by -> Nullable<Binary>,
        pending_since -> Nullable<BigInt>,
    }
}

diesel::table! {
    used_assertions (hash) {
        hash -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> Binary,
        principal_id -> Binary,
        client_id -> Text,
        created_at -> BigInt,
        last_used_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        revoke_reason -> Nullable<Text>,
    }
}

diesel::table! {
    refresh_tokens (hash) {
        hash -> Binary,
        session_id -> Binary,
        issued_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        algorithm -> Text,
        public_key -> Binary,
        private_key_sealed -> Binary,
        created_at -> BigInt,
        retired_at -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    password_codes (hash) {
        hash -> Binary,
        account_id -> Binary,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    idempotency_keys (hash) {
        hash -> Binary,
        fingerprint -> Binary,
        status -> BigInt,
        headers -> Text,
        body -> Binary,
        created_at -> BigInt,
        unit_id -> Nullable<Binary>,
    }
}

diesel::table! {
    audit_events (id) {
        id -> Binary,
        seq -> Nullable<BigInt>,
        hash -> Nullable<Binary>,
        xid -> BigInt,
        ord -> BigInt,
        recorded_at -> BigInt,
        effective_on -> Nullable<Date>,
        action -> Text,
        resource -> Text,
        resource_id -> Binary,
        resource_version -> BigInt,
        unit_id -> Nullable<Binary>,
        actor_kind -> Text,
        actor_id -> Nullable<Binary>,
        actor_role -> Nullable<Text>,
        client_id -> Nullable<Text>,
        request_id -> Text,
        reason -> Nullable<Text>,
        changed_fields -> Text,
        changes_sealed -> Nullable<Binary>,
        changes_digest -> Nullable<Binary>,
    }
}

diesel::table! {
    client_made_ids (id) {
        id -> Binary,
        digest -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    units (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        kind -> Text,
        code -> Nullable<Text>,
        name -> Text,
        search_name -> Text,
        sort_key -> Binary,
        parent_id -> Nullable<Binary>,
        status -> Text,
        founded_on -> Date,
        closed_on -> Nullable<Date>,
        phone -> Nullable<Text>,
        email -> Nullable<Text>,
        address -> Nullable<Text>,
    }
}

diesel::table! {
    unit_periods (unit_id, valid_from) {
        unit_id -> Binary,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        kind -> Text,
        code -> Nullable<Text>,
        name -> Text,
        search_name -> Text,
        sort_key -> Binary,
        parent_id -> Nullable<Binary>,
        legal_basis -> Nullable<Text>,
        recorded_at -> BigInt,
    }
}

diesel::table! {
    unit_tree (unit_id, ancestor_id) {
        ancestor_id -> Binary,
        unit_id -> Binary,
        depth -> BigInt,
    }
}

diesel::table! {
    unit_kind_rules (id) {
        id -> Binary,
        parent_kind -> Nullable<Text>,
        child_kind -> Text,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
    }
}

diesel::table! {
    unit_member_counts (unit_id, status, kind, slot) {
        unit_id -> Binary,
        status -> Text,
        kind -> Text,
        slot -> BigInt,
        member_count -> BigInt,
    }
}

diesel::table! {
    unit_traits (unit_id, trait_code, valid_from) {
        unit_id -> Binary,
        trait_code -> Text,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
    }
}

diesel::table! {
    women_populations (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        unit_id -> Binary,
        basis -> Text,
        women_count -> BigInt,
        counted_on -> Date,
        source -> Text,
        estimated -> Bool,
        frozen_for_term_id -> Nullable<Binary>,
    }
}

diesel::table! {
    unit_bodies (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        unit_id -> Binary,
        kind -> Text,
        name -> Text,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
    }
}

diesel::table! {
    unit_external_ids (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        unit_id -> Binary,
        scheme -> Text,
        value -> Text,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
    }
}

diesel::table! {
    unit_supports (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        supporter_unit_id -> Binary,
        supported_unit_id -> Binary,
        reason -> Text,
        starts_on -> Date,
        ends_on -> Nullable<Date>,
        result -> Nullable<Text>,
    }
}

diesel::table! {
    members (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        membership_no -> Text,
        kind -> Text,
        status -> Text,
        full_name -> Text,
        search_name -> Text,
        sort_key -> Binary,
        sex -> Text,
        born_on -> Date,
        birth_precision -> Text,
        national_id_sealed -> Nullable<Binary>,
        national_id_hash -> Nullable<Binary>,
        national_id_last3 -> Nullable<Text>,
        national_id_reason -> Nullable<Text>,
        phone -> Nullable<Text>,
        address -> Nullable<Text>,
        residential_area -> Nullable<Text>,
        residence_kind -> Text,
        occupation_code -> Nullable<Text>,
        ethnic_group_code -> Nullable<Text>,
        religion_code -> Nullable<Text>,
        sensitive_consent_on -> Nullable<Date>,
        special_groups -> Text,
        is_core -> Bool,
        unit_id -> Binary,
        joined_on -> Date,
        left_on -> Nullable<Date>,
        last_verified_on -> Nullable<Date>,
    }
}

diesel::table! {
    memberships (member_id, valid_from, step) {
        member_id -> Binary,
        valid_from -> Date,
        step -> BigInt,
        valid_to -> Nullable<Date>,
        unit_id -> Binary,
        recorded_at -> BigInt,
    }
}

diesel::table! {
    member_events (id) {
        id -> Binary,
        member_id -> Binary,
        kind -> Text,
        effective_on -> Date,
        recorded_at -> BigInt,
        from_unit_id -> Nullable<Binary>,
        to_unit_id -> Nullable<Binary>,
        reason -> Nullable<Text>,
        decision_no -> Nullable<Text>,
        voided_at -> Nullable<BigInt>,
        void_reason -> Nullable<Text>,
    }
}

diesel::table! {
    member_tree (unit_id, status, sort_key, member_id) {
        unit_id -> Binary,
        status -> Text,
        sort_key -> Binary,
        member_id -> Binary,
    }
}

diesel::table! {
    member_special_groups (member_id, group_code, recorded_at) {
        member_id -> Binary,
        group_code -> Text,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        recorded_at -> BigInt,
    }
}

diesel::table! {
    core_periods (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        member_id -> Binary,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        end_reason -> Nullable<Text>,
    }
}

diesel::table! {
    terms (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        unit_id -> Binary,
        ordinal -> Text,
        name -> Text,
        starts_on -> Date,
        ends_on -> Date,
    }
}

diesel::table! {
    appointments (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        member_id -> Binary,
        unit_id -> Binary,
        body_id -> Nullable<Binary>,
        post -> Text,
        term_id -> Nullable<Binary>,
        manner -> Text,
        is_full_time -> Bool,
        seat_kind -> Text,
        sector -> Nullable<Text>,
        decision_no -> Nullable<Text>,
        starts_on -> Date,
        ends_on -> Nullable<Date>,
        end_reason -> Nullable<Text>,
        status -> Text,
    }
}

diesel::table! {
    qualifications (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        member_id -> Binary,
        kind -> Text,
        level -> Nullable<Text>,
        field -> Nullable<Text>,
        issuer -> Nullable<Text>,
        certificate_no -> Nullable<Text>,
        obtained_on -> Date,
        withdrawn_on -> Nullable<Date>,
        withdraw_reason -> Nullable<Text>,
    }
}

diesel::table! {
    title_standards (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        post -> Text,
        unit_kind -> Text,
        trait_code -> Nullable<Text>,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        min_general_education -> Nullable<Text>,
        min_professional -> Nullable<Text>,
        min_political_theory -> Nullable<Text>,
        required_certificates -> Text,
        max_age_first_term -> Nullable<BigInt>,
        legal_basis -> Text,
    }
}

diesel::table! {
    unit_assignments (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        member_id -> Binary,
        unit_id -> Binary,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    field_visits (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        member_id -> Binary,
        unit_id -> Binary,
        purpose -> Text,
        status -> Text,
        planned_on -> Date,
        done_on -> Nullable<Date>,
        findings -> Nullable<Text>,
        cancel_reason -> Nullable<Text>,
    }
}

diesel::table! {
    state_events (id) {
        id -> Binary,
        object_id -> Binary,
        object_version -> BigInt,
        recorded_at -> BigInt,
        action -> Text,
        from_state -> Nullable<Text>,
        to_state -> Text,
        actor_role -> Nullable<Text>,
        actor_id -> Nullable<Binary>,
        effective_on -> Nullable<Date>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    kinships (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        member_id -> Binary,
        relative_id -> Binary,
        relation -> Text,
        ended_on -> Nullable<Date>,
    }
}

diesel::table! {
    complaints (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        code -> Text,
        kind -> Text,
        status -> Text,
        receiving_unit_id -> Binary,
        owner_unit_id -> Binary,
        channel -> Text,
        received_on -> Date,
        received_by -> Nullable<Binary>,
        matter -> Nullable<Text>,
        competence -> Nullable<Text>,
        instance -> BigInt,
        previous_id -> Nullable<Binary>,
        merged_into_id -> Nullable<Binary>,
        petitioner_count -> BigInt,
        flags -> Text,
        complexity -> Text,
        custody -> Text,
        paper_ref -> Nullable<Text>,
        decision_unit_id -> Nullable<Binary>,
        known_on -> Nullable<Date>,
        content_sealed -> Nullable<Binary>,
        original_sealed -> Nullable<Binary>,
        result -> Nullable<Text>,
        result_sealed -> Nullable<Binary>,
        forwarded_to -> Nullable<Text>,
        accepted_on -> Nullable<Date>,
        closed_on -> Nullable<Date>,
        extended_count -> BigInt,
    }
}

diesel::table! {
    complaint_subjects (id) {
        id -> Binary,
        complaint_id -> Binary,
        capacity -> Text,
        member_id -> Nullable<Binary>,
        unit_id -> Nullable<Binary>,
        name_sealed -> Nullable<Binary>,
    }
}

diesel::table! {
    complaint_handlers (id) {
        id -> Binary,
        complaint_id -> Binary,
        account_id -> Binary,
        is_lead -> Bool,
        appointed_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    complaint_recusals (id) {
        id -> Binary,
        complaint_id -> Binary,
        account_id -> Binary,
        ground -> Text,
        reason_sealed -> Nullable<Binary>,
        recorded_at -> BigInt,
        recorded_by -> Nullable<Binary>,
    }
}

diesel::table! {
    complaint_parties (id) {
        id -> Binary,
        complaint_id -> Binary,
        ordinal -> BigInt,
        is_representative -> Bool,
        withdrawn_on -> Nullable<Date>,
        was_coerced -> Bool,
    }
}

diesel::table! {
    complaint_identities (party_id) {
        party_id -> Binary,
        complaint_id -> Binary,
        wrapped_key -> Binary,
        sealed -> Binary,
    }
}

diesel::table! {
    identity_disclosures (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        complaint_id -> Binary,
        party_id -> Binary,
        status -> Text,
        requested_by -> Binary,
        reason_sealed -> Binary,
        answered_by -> Nullable<Binary>,
        answered_at -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
        shown_count -> BigInt,
    }
}

diesel::table! {
    complaint_records (id) {
        id -> Binary,
        complaint_id -> Binary,
        kind -> Text,
        happened_on -> Date,
        recorded_at -> BigInt,
        recorded_by -> Nullable<Binary>,
        text_sealed -> Nullable<Binary>,
        facts -> Text,
    }
}

diesel::table! {
    complaint_messages (id) {
        id -> Binary,
        complaint_id -> Binary,
        is_from_petitioner -> Bool,
        created_at -> BigInt,
        written_by -> Nullable<Binary>,
        text_sealed -> Binary,
    }
}

diesel::table! {
    complaint_pins (complaint_id) {
        complaint_id -> Binary,
        pin_hash -> Text,
        failed_count -> BigInt,
        locked_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    complaint_clocks (id) {
        id -> Binary,
        complaint_id -> Binary,
        code -> Text,
        policy_id -> Nullable<Binary>,
        trigger_on -> Date,
        due_on -> Date,
        original_due_on -> Date,
        moved_reason -> Nullable<Text>,
        basis -> Text,
        is_provisional -> Bool,
        stopped_on -> Nullable<Date>,
        remaining_days -> Nullable<BigInt>,
        met_on -> Nullable<Date>,
    }
}

diesel::table! {
    complaint_alerts (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        complaint_id -> Binary,
        kind -> Text,
        acknowledged_at -> Nullable<BigInt>,
        acknowledged_by -> Nullable<Binary>,
    }
}

diesel::table! {
    training_requirements (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        audience -> Text,
        categories -> Text,
        min_count -> BigInt,
        grace_days -> BigInt,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        legal_basis -> Text,
    }
}

diesel::table! {
    training_plans (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        unit_id -> Binary,
        year -> BigInt,
        title -> Text,
        status -> Text,
        revision -> BigInt,
        budget_vnd -> BigInt,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    training_plan_items (id) {
        id -> Binary,
        plan_id -> Binary,
        ordinal -> BigInt,
        title -> Text,
        category -> Text,
        audience -> Text,
        quota -> BigInt,
        quarter -> BigInt,
        budget_vnd -> BigInt,
        is_dropped -> Bool,
    }
}

diesel::table! {
    training_plan_revisions (plan_id, revision) {
        plan_id -> Binary,
        revision -> BigInt,
        recorded_at -> BigInt,
        reason -> Nullable<Text>,
        budget_vnd -> BigInt,
        items -> Text,
    }
}

diesel::table! {
    courses (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        unit_id -> Binary,
        plan_item_id -> Nullable<Binary>,
        unplanned_reason -> Nullable<Text>,
        title -> Text,
        category -> Text,
        delivery_mode -> Text,
        audience -> Text,
        quota -> BigInt,
        min_attendance_percent -> BigInt,
        has_test -> Bool,
        status -> Text,
        starts_at -> Nullable<BigInt>,
        ends_at -> Nullable<BigInt>,
        confirmed_count -> BigInt,
        cancel_reason -> Nullable<Text>,
        completed_on -> Nullable<Date>,
        created_by -> Nullable<Binary>,
    }
}

diesel::table! {
    training_needs (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        member_id -> Binary,
        unit_id -> Binary,
        category -> Text,
        year -> BigInt,
        reason -> Text,
        note -> Nullable<Text>,
        status -> Text,
        decision_reason -> Nullable<Text>,
        plan_item_id -> Nullable<Binary>,
        course_id -> Nullable<Binary>,
    }
}

diesel::table! {
    training_sessions (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        course_id -> Binary,
        unit_id -> Binary,
        topic -> Text,
        starts_at -> BigInt,
        ends_at -> BigInt,
        place -> Nullable<Text>,
        remote_link -> Nullable<Text>,
        theory_minutes -> BigInt,
        practice_minutes -> BigInt,
        discussion_minutes -> BigInt,
        attendance_closed_at -> Nullable<BigInt>,
        is_cancelled -> Bool,
    }
}

diesel::table! {
    session_trainers (session_id, ordinal) {
        session_id -> Binary,
        ordinal -> BigInt,
        member_id -> Nullable<Binary>,
        name -> Nullable<Text>,
    }
}

diesel::table! {
    enrolments (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        course_id -> Binary,
        member_id -> Binary,
        unit_id -> Binary,
        organiser_unit_id -> Binary,
        status -> Text,
        waiting_since -> Nullable<BigInt>,
        attended_minutes -> BigInt,
        test_passed -> Nullable<Bool>,
        decision_reason -> Nullable<Text>,
    }
}

diesel::table! {
    attendances (session_id, enrolment_id) {
        session_id -> Binary,
        enrolment_id -> Binary,
        mark -> Text,
        minutes -> BigInt,
        source -> Text,
        recorded_at -> BigInt,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    attendance_codes (digest) {
        digest -> Binary,
        session_id -> Binary,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    course_completions (id) {
        id -> Binary,
        member_id -> Binary,
        course_id -> Binary,
        category -> Text,
        completed_on -> Date,
        recorded_at -> BigInt,
    }
}

diesel::table! {
    certificates (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        certificate_no -> Text,
        enrolment_id -> Binary,
        course_id -> Binary,
        member_id -> Binary,
        unit_id -> Binary,
        organiser_unit_id -> Binary,
        issued_on -> Date,
        status -> Text,
        reason -> Nullable<Text>,
        proposed_by -> Nullable<Binary>,
        replaces_id -> Nullable<Binary>,
    }
}

diesel::table! {
    calendar_feeds (id) {
        id -> Binary,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
        principal_id -> Binary,
        kind -> Text,
        unit_id -> Nullable<Binary>,
        digest -> Binary,
        revoked_at -> Nullable<BigInt>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    settings,
    accounts,
    clients,
    role_assignments,
    used_assertions,
    sessions,
    refresh_tokens,
    signing_keys,
    password_codes,
    idempotency_keys,
    audit_events,
    client_made_ids,
    units,
    unit_periods,
    unit_tree,
    unit_kind_rules,
    unit_member_counts,
    unit_traits,
    women_populations,
    unit_bodies,
    unit_external_ids,
    unit_supports,
    members,
    memberships,
    member_events,
    member_tree,
    member_special_groups,
    core_periods,
    terms,
    appointments,
    qualifications,
    title_standards,
    unit_assignments,
    field_visits,
    state_events,
    kinships,
    complaints,
    complaint_subjects,
    complaint_handlers,
    complaint_recusals,
    complaint_parties,
    complaint_identities,
    identity_disclosures,
    complaint_records,
    complaint_messages,
    complaint_pins,
    complaint_clocks,
    complaint_alerts,
    training_requirements,
    training_plans,
    training_plan_items,
    training_plan_revisions,
    courses,
    training_needs,
    training_sessions,
    session_trainers,
    enrolments,
    attendances,
    attendance_codes,
    course_completions,
    certificates,
    calendar_feeds,
);
