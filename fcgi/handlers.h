/* handlers: the functions that the route table names; one file handle_NOUN.c a noun. */
#pragma once

#include "fcgi/request.h"

enum request_result handle_health(struct request *request);
enum request_result handle_ready(struct request *request);
enum request_result handle_login(struct request *request);
enum request_result handle_logout(struct request *request);
