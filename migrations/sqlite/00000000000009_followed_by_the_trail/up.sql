-- The name index follows the audit trail by its numbers now; nothing looks members up by the time of their last change.
DROP INDEX members_by_update;
