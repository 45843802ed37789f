//! The suite that every storage backend passes.
//!
//! A backend implements [`Backend`] and calls [`suite!`] in its tests:
//!
//! ```text
//! struct File(tempfile::TempDir);
//!
//! #[async_trait]
//! impl Backend for File { … }
//!
//! vultus_store_tests::suite!(File::new());
//! ```
#![expect(clippy::unwrap_used, reason = "this crate is nothing but tests")]
#![expect(clippy::missing_panics_doc, reason = "each function panics where the backend fails the test")]

use std::sync::Arc;

use async_trait::async_trait;
use vultus_store::Store;

pub mod accounts;
pub mod audit;
pub mod blobs;
pub mod cameras;
pub mod catalogue;
pub mod changes;
pub mod concurrency;
pub mod consents;
pub mod embedder;
pub mod faces;
pub mod fixtures;
pub mod history;
pub mod listing;
pub mod media;
pub mod model;
pub mod operators;
#[cfg(unix)]
pub mod postgres;
pub mod property;
pub mod replacement;
pub mod topology;
pub mod usage;
pub mod watches;

/// A fresh, empty store of the backend under test.
#[async_trait]
pub trait Backend: Send + Sync {
    /// A new connection to the store, as another process would open it, where the backend can; else another
    /// handle of the same store.
    async fn connect(&self) -> Arc<dyn Store>;
}

/// Makes one test of each function of the suite. The expression is evaluated for each test and gives a
/// [`Backend`].
#[macro_export]
macro_rules! suite {
    ($backend:expr) => {
        $crate::suite!(@tests $backend;
            accounts: account_is_found_by_name_and_credential, names_are_unique, public_ids_are_unique_per_kind,
                refused_account_leaves_nothing, accounts_are_listed_by_name, rotation_replaces_every_credential,
                refused_rotation_keeps_the_old_credentials, disabled_account_says_since_when,
                liveness_is_counted_per_account_and_month, liveness_stops_at_the_limit,
                requests_stop_at_the_limit_until_the_next_minute, requests_are_counted_per_account,
                clocks_that_differ_by_a_minute_count_together,
                unknown_account_is_not_found, added_credentials_last_beside_the_others_until_they_expire,
                first_server_key_is_noted_for_all, server_key_is_replaced_where_none_was_noted;
            audit: entries_come_back_newest_first, entries_are_filtered, pages_of_the_log_meet_every_entry_once;
            operators: operator_is_found_with_the_password, only_the_first_operator_is_the_first,
                operators_change_and_one_administrator_stays, sessions_last_until_they_are_ended,
                passwords_and_disabling_end_sessions, failed_sign_ins_are_counted_by_all_processes,
                sign_in_that_succeeds_is_not_counted, failed_sign_ins_are_forgotten,
                sign_ins_at_once_stop_at_the_limit;
            usage: counts_are_added_up_in_minutes_and_hours, counts_of_accounts_are_kept_by_day,
                old_traffic_is_forgotten_by_its_step, inventory_counts_everything;
            faces: face_comes_back_as_it_was_stored, faces_of_unknown_accounts_are_refused,
                conflict_inside_a_batch_stores_nothing, galleries_and_subjects_are_sorted,
                galleries_exist_by_account_and_name,
                accounts_do_not_see_each_other, faces_of_a_subject_are_oldest_first, enrolled_photo_is_known_again,
                unknown_gallery_differs_from_unknown_subject, photo_file_is_known_again,
                face_may_lie_in_two_galleries,
                removing_the_last_face_removes_subject_and_gallery, one_face_of_a_subject_is_removed,
                face_of_another_subject_is_not_removed, face_in_another_gallery_outlives_its_gallery,
                names_are_kept_to_the_byte, index_pages_cover_every_face_once, index_entries_skip_unknown_ids;
            blobs: expected_blobs_are_pending_until_claimed, orphaned_blobs_are_pending_until_forgotten,
                photo_of_two_faces_is_orphaned_with_the_last, expecting_again_renews_the_time,
                refused_faces_leave_their_blobs_pending, blobs_in_use_are_told_from_the_others;
            changes: log_begins_empty_and_grows, every_change_of_a_face_is_noted, log_is_read_in_pages,
                refused_changes_are_not_noted;
            concurrency: connections_see_each_others_writes, writers_on_two_connections_lose_nothing,
                readers_never_see_half_a_batch, one_of_two_equal_ids_wins,
                counts_on_two_connections_stop_at_the_limit, requests_on_two_connections_stop_at_the_limit,
                dropped_writes_happen_whole_or_not;
            embedder: first_face_binds_the_store, only_a_store_without_faces_is_bound_anew,
                templates_of_other_models_are_refused, replacement_happens_at_the_end_and_whole,
                staged_results_outlive_a_run_of_the_same_target, faces_that_come_and_go_meanwhile_are_noticed,
                misses_are_refused_kept_or_dropped, templates_of_a_third_model_are_not_staged;
            cameras: cameras_come_back_as_they_were_stored, cameras_are_changed_and_removed_by_their_account;
            media: media_come_back_to_their_account, media_are_worked_at_by_one_worker_at_a_time,
                results_stay_when_the_work_is_done, removed_media_are_worked_at_no_longer,
                media_are_listed_latest_first;
            watches: camera_is_held_by_one_watcher_at_a_time, cameras_not_to_be_watched_are_given_up,
                reports_are_those_of_whoever_holds_the_camera;
            history: event_is_stored_with_its_face_and_person, persons_are_counted_per_account,
                every_choice_of_a_person_is_stored, new_person_decided_on_an_old_state_is_refused,
                events_and_persons_go_with_their_faces, exemplars_have_successors,
                faces_are_moved_between_persons, friends_are_those_seen_on_enough_days,
                history_is_filtered_and_paged, paging_is_exact_while_events_come,
                sightings_tell_which_camera_saw_whom, exemplar_pages_cover_every_exemplar_once;
            listing: faces_are_listed_newest_first, pages_meet_every_face_once_while_others_come,
                lists_are_of_one_gallery_and_one_subject, faces_are_found_by_their_ids, subjects_are_counted,
                created_gallery_lasts_until_it_is_removed, face_moves_between_galleries_and_subjects,
                face_of_no_other_gallery_lies_at_home, update_of_another_accounts_face_changes_nothing,
                removed_faces_leave_every_gallery, updates_and_removals_are_noted;
            catalogue: galleries_are_counted, subjects_are_read_in_pages,
                subjects_are_found_by_a_part_of_their_name, search_for_a_name_reads_on,
                subject_moves_to_another_gallery, subject_is_not_moved_over_another, subjects_become_one,
                thumbnail_goes_with_its_face;
            consents: consents_come_back_as_they_were_recorded, consents_are_read_in_pages_by_account,
                consent_of_an_unknown_account_is_refused;
            topology: topology_is_replaced_by_the_next_one, topology_of_another_epoch_is_refused,
                one_of_two_equal_epochs_wins;
            replacement: faces_of_a_subject_are_replaced, replaced_face_stays_in_its_other_galleries,
                refused_replacement_changes_nothing, readers_never_miss_a_replaced_subject;
            property: backend_behaves_like_the_model
        );
    };
    (@tests $backend:expr; $($module:ident: $($test:ident),+);+) => {
        $($(
            #[test]
            fn $test() {
                $crate::fixtures::block_on(async {
                    let backend = $backend;
                    $crate::$module::$test(&backend).await;
                });
            }
        )+)+
    };
}
