/* handlers: the functions that the route table names; one file handle_NOUN.c a noun. */
#pragma once

#include "fcgi/request.h"

/* What the bodies of requests may hold. */
extern const struct json_field login_fields[], password_fields[], account_add_fields[],
    account_delete_fields[], account_role_fields[], role_add_fields[], token_add_fields[];

enum request_result handle_openapi(struct request *request);
enum request_result handle_health(struct request *request);
enum request_result handle_metrics(struct request *request);
enum request_result handle_ready(struct request *request);
enum request_result handle_login(struct request *request);
enum request_result handle_logout(struct request *request);
enum request_result handle_session_begin(struct request *request);
enum request_result handle_session_get(struct request *request);
enum request_result handle_session_end(struct request *request);

enum request_result handle_account_add(struct request *request);
enum request_result handle_account_delete(struct request *request);
enum request_result handle_password_change(struct request *request);
enum request_result handle_account_disable(struct request *request);
enum request_result handle_account_enable(struct request *request);
enum request_result handle_account_role(struct request *request);
enum request_result handle_role_add(struct request *request);
enum request_result handle_role_set(struct request *request);
enum request_result handle_role_delete(struct request *request);
enum request_result handle_token_list(struct request *request);
enum request_result handle_token_add(struct request *request);
enum request_result handle_token_delete(struct request *request);
enum request_result handle_container_run(struct request *request);
enum request_result handle_container_scale(struct request *request);
enum request_result handle_container_start(struct request *request);
enum request_result handle_container_stop(struct request *request);
enum request_result handle_container_restart(struct request *request);
enum request_result handle_container_destroy(struct request *request);
enum request_result handle_container_environment(struct request *request);
enum request_result handle_container_adopt(struct request *request);
enum request_result handle_container_placement(struct request *request);
enum request_result handle_container_logs(struct request *request);
enum request_result handle_container_stats(struct request *request);
enum request_result handle_engine_add(struct request *request);
enum request_result handle_engine_update(struct request *request);
enum request_result handle_engine_approve(struct request *request);
enum request_result handle_engine_drain(struct request *request);
enum request_result handle_engine_uncordon(struct request *request);
enum request_result handle_thaw(struct request *request);
enum request_result handle_engine_delete(struct request *request);
enum request_result handle_operation_get(struct request *request);
enum request_result handle_cluster_check(struct request *request);
enum request_result handle_event_list(struct request *request);
enum request_result handle_event_follow(struct request *request);
enum request_result handle_event_verify(struct request *request);
enum request_result resume_operation_get(struct request *request);
enum request_result handle_operation_progress(struct request *request);
enum request_result handle_operation_cancel(struct request *request);
enum request_result resume_operation_cancel(struct request *request);
enum request_result handle_operation_retry(struct request *request);

/* Parameters of document routes. */
const struct sql_statement *choose_container_list(const struct request *request);
void finish_container_list(struct request *request);
bool fill_container_list(struct request *request, struct db_param *params, struct error *err);
bool fill_event_list(struct request *request, struct db_param *params, struct error *err);
bool fill_operation_list(struct request *request, struct db_param *params, struct error *err);
const struct sql_statement *choose_event_list(const struct request *request);
void finish_event_list(struct request *request);
bool fill_cluster_info(struct request *request, struct db_param *params, struct error *err);
