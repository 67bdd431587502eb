{#-
    What each raw table holds, listed once: the fields of ingestion/record.py and of the store's
    own tables, with the type in which staging hands them on. tests/unit/transforms compares the
    records' part with the Python models.
-#}
{% macro raw_columns(object) -%}
    {%- set provenance = {'retrieved_at': 'timestamptz', 'content_sha256': 'varchar'} -%}
    {%- set records = {
        'body': {
            'id': 'varchar', 'url': 'varchar', 'name': 'varchar', 'short_name': 'varchar',
            'ags': 'varchar', 'ars': 'varchar', 'website': 'varchar', 'licence': 'varchar',
            'classification': 'varchar',
        },
        'legislative_term': {
            'id': 'varchar', 'url': 'varchar', 'name': 'varchar', 'start_date': 'date',
            'end_date': 'date',
        },
        'organization': {
            'id': 'varchar', 'url': 'varchar', 'name': 'varchar', 'short_name': 'varchar',
            'classification': 'varchar', 'organization_type': 'varchar', 'parent_id': 'varchar',
            'start_date': 'date', 'end_date': 'date', 'website': 'varchar',
        },
        'person': {
            'id': 'varchar', 'url': 'varchar', 'name': 'varchar', 'family_name': 'varchar',
            'given_name': 'varchar', 'form_of_address': 'varchar', 'title': 'varchar',
            'affix': 'varchar', 'faction': 'varchar', 'status': 'varchar',
        },
        'membership': {
            'id': 'varchar', 'url': 'varchar', 'person_id': 'varchar', 'person_name': 'varchar',
            'organization_id': 'varchar', 'role': 'varchar', 'has_voting_right': 'boolean',
            'start_date': 'date', 'end_date': 'date', 'on_behalf_of': 'varchar',
        },
        'location': {
            'id': 'varchar', 'url': 'varchar', 'description': 'varchar', 'room': 'varchar',
            'street_address': 'varchar', 'postal_code': 'varchar', 'locality': 'varchar',
            'sub_locality': 'varchar', 'latitude': 'double', 'longitude': 'double',
        },
        'meeting': {
            'id': 'varchar', 'url': 'varchar', 'name': 'varchar', 'reference': 'varchar',
            'organization_id': 'varchar', 'organization_name': 'varchar',
            'start_at': 'timestamptz', 'end_at': 'timestamptz', 'has_time': 'boolean',
            'date_text': 'varchar', 'time_text': 'varchar', 'location': 'varchar',
            'location_id': 'varchar', 'state': 'varchar', 'is_cancelled': 'boolean', 'has_agenda': 'boolean',
        },
        'agenda_item': {
            'id': 'varchar', 'url': 'varchar', 'meeting_id': 'varchar', 'position': 'integer',
            'number': 'varchar', 'name': 'varchar', 'is_public': 'boolean', 'section': 'varchar',
            'result': 'varchar', 'resolution_text': 'varchar', 'vote_text': 'varchar',
            'paper_id': 'varchar', 'paper_reference': 'varchar', 'is_supplement': 'boolean',
        },
        'vote': {
            'id': 'varchar', 'url': 'varchar', 'agenda_item_id': 'varchar',
            'meeting_id': 'varchar', 'yes_count': 'integer', 'no_count': 'integer',
            'abstention_count': 'integer', 'is_unanimous': 'boolean', 'result': 'varchar',
            'vote_text': 'varchar',
        },
        'consultation': {
            'id': 'varchar', 'url': 'varchar', 'paper_id': 'varchar', 'meeting_id': 'varchar',
            'agenda_item_id': 'varchar', 'agenda_item_number': 'varchar',
            'organization_id': 'varchar', 'organization_name': 'varchar', 'date': 'date',
            'date_text': 'varchar', 'role': 'varchar', 'is_authoritative': 'boolean',
            'state': 'varchar', 'result': 'varchar',
        },
        'paper': {
            'id': 'varchar', 'url': 'varchar', 'name': 'varchar', 'reference': 'varchar',
            'paper_type': 'varchar', 'date': 'date', 'date_text': 'varchar',
            'is_public': 'boolean', 'state': 'varchar', 'originator': 'varchar',
            'under_direction_of': 'varchar', 'main_text': 'varchar',
        },
        'file': {
            'id': 'varchar', 'url': 'varchar', 'name': 'varchar', 'paper_id': 'varchar',
            'meeting_id': 'varchar', 'agenda_item_id': 'varchar', 'role': 'varchar',
            'mime_type': 'varchar', 'web_url': 'varchar', 'date': 'date', 'is_public': 'boolean',
        },
        'observation': {
            'id': 'varchar', 'url': 'varchar', 'table_code': 'varchar',
            'statistic_code': 'varchar', 'statistic_label': 'varchar', 'region_code': 'varchar',
            'region_label': 'varchar', 'variable_code': 'varchar', 'variable_label': 'varchar',
            'unit': 'varchar', 'dimensions': 'varchar', 'dimension_labels': 'varchar',
            'time_code': 'varchar', 'time': 'date', 'time_text': 'varchar',
            'value_raw': 'varchar', 'value': 'double', 'sign': 'varchar', 'quality': 'varchar',
            'row_no': 'integer', 'layout': 'varchar', 'vintage': 'date',
        },
        'place': {
            'id': 'varchar', 'url': 'varchar', 'ars': 'varchar', 'ags': 'varchar',
            'name': 'varchar', 'level': 'varchar', 'parent_ars': 'varchar',
            'kind_code': 'varchar', 'kind': 'varchar', 'area_km2': 'double', 'area_on': 'date',
            'population': 'bigint', 'population_on': 'date', 'population_basis': 'varchar',
            'postal_code': 'varchar', 'longitude': 'double', 'latitude': 'double',
            'valid_on': 'date', 'geometry': 'varchar',
        },
        'rejected_row': {
            'id': 'varchar', 'url': 'varchar', 'source': 'varchar', 'row_no': 'integer',
            'reason': 'varchar', 'row': 'varchar',
        },
    } -%}
    {%- set store = {
        'city': {
            'city_id': 'varchar', 'name': 'varchar', 'ags': 'varchar', 'ars': 'varchar',
            'nuts3': 'varchar', 'wikidata': 'varchar', 'website': 'varchar',
            'publisher_name': 'varchar', 'publisher_url': 'varchar',
            'publisher_email': 'varchar', 'licence': 'varchar', 'council_system': 'varchar',
            'council_url': 'varchar', 'is_sample': 'boolean', 'retrieved_at': 'timestamptz',
            'content_sha256': 'varchar',
        },
        'sighting': {
            'object_type': 'varchar', 'system': 'varchar', 'id': 'varchar',
            'first_seen_at': 'timestamptz', 'last_seen_at': 'timestamptz',
        },
        'tombstone': {
            'object_type': 'varchar', 'id': 'varchar', 'reason': 'varchar', 'at': 'timestamptz',
        },
        'fetch': {
            'url': 'varchar', 'kind': 'varchar', 'status': 'integer', 'sha256': 'varchar',
            'size_bytes': 'bigint', 'retrieved_at': 'timestamptz',
        },
        'document': {
            'file_id': 'varchar', 'url': 'varchar', 'sha256': 'varchar', 'mime_type': 'varchar',
            'size_bytes': 'bigint', 'page_count': 'integer', 'text_status': 'varchar',
            'privacy_status': 'varchar', 'error': 'varchar', 'title': 'varchar',
            'language': 'varchar', 'ocr_page_count': 'integer', 'section_count': 'integer',
            'retrieved_at': 'timestamptz',
        },
        'document_page': {
            'file_id': 'varchar', 'sha256': 'varchar', 'page': 'integer', 'text': 'varchar',
            'method': 'varchar', 'confidence': 'double', 'part': 'varchar',
        },
        'document_section': {
            'file_id': 'varchar', 'sha256': 'varchar', 'position': 'integer', 'kind': 'varchar',
            'heading': 'varchar', 'page': 'integer', 'text': 'varchar', 'amount_eur': 'double',
        },
        'pilot_report': {
            'id': 'varchar', 'url': 'varchar', 'web_url': 'varchar', 'title': 'varchar',
            'area': 'varchar', 'outcome': 'varchar', 'date': 'date', 'start_date': 'date',
            'end_date': 'date', 'contact_office': 'varchar', 'contact_email': 'varchar',
            'person_days': 'double', 'cost_eur': 'double', 'background': 'varchar',
            'tried': 'varchar', 'result': 'varchar', 'effort': 'varchar', 'advice': 'varchar',
            'attachments': 'varchar', 'is_example': 'boolean', 'is_redacted': 'boolean',
            'retrieved_at': 'timestamptz', 'content_sha256': 'varchar',
        },
    } -%}
    {%- if object in store -%}
        {{ return(store[object]) }}
    {%- endif -%}
    {{ return(dict(records[object], **provenance)) }}
{%- endmacro %}
