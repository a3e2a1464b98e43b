/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pages: what of the phone they show, from one table, as HTML and as JSON. What does not stand
 * in the table is not shown, whatever the daemon tells.
 */
#ifndef PHONESEC_WEB_PAGE_H
#define PHONESEC_WEB_PAGE_H

#include <jansson.h>

#include "../lib/reason.h"

enum page_format {
	PAGE_TEXT,
	PAGE_YES_NO,
	PAGE_NUMBER,
	PAGE_TIME, /* seconds since 1970, 0 for never */
};

/**
 * struct page_field - one value
 * @label: for people; NULL ends a table
 * @key: in JSON
 * @source: interface of the bus; that of its section for columns
 * @property: of the interface; NULL for a column that is a member of a record
 * @index: of that member
 * @format: how it is written
 */
struct page_field {
	const char *label;
	const char *key;
	const char *source;
	const char *property;
	size_t index;
	enum page_format format;
};

/**
 * struct page_section - what stands together under a headline
 * @title: headline; NULL ends a table
 * @key: in JSON
 * @source: of a list: interface of the bus, else NULL
 * @property: of a list: its records; NULL when the interface itself is a list of objects
 * @keep: of a list: beginnings of the names (first members) of records that are shown, or NULL
 * @fields: its values, or the columns of the list
 */
struct page_section {
	const char *title;
	const char *key;
	const char *source;
	const char *property;
	const char *const *keep;
	const struct page_field *fields;
};

/**
 * struct page - one page
 * @title: of the page; NULL ends the table
 * @html, @json: paths that it is asked for by
 * @sections: what it holds
 */
struct page {
	const char *title;
	const char *html;
	const char *json;
	const struct page_section *sections;
};

extern const struct page pages[];

/**
 * page_document - what a page shows, as values
 * @page: the page
 * @phone: all of the phone (snapshot.h)
 *
 * Sections and values that the phone does not tell are absent.
 *
 * Return: {section: {key: value}} or {section: [{column: value}]}, the caller's, or NULL without
 * memory.
 */
json_t *page_document(const struct page *page, const json_t *phone);

/* The page as HTML, the caller's until free(), or NULL without memory. */
char *page_html(const struct page *page, const json_t *document);

/* A page that says why there is none; the same. */
char *page_html_refusal(const struct refusal *why);

/* The style sheet of all of them. */
extern const char page_style[];

#endif
