{#- A figure has a value exactly where its status says so. -#}
{% test value_fits_status(model) %}

select
    observations.value,
    observations.obs_status
from {{ model }} as observations
inner join {{ ref('observation_statuses') }} as statuses
    on observations.obs_status = statuses.obs_status
where statuses.has_value != (observations.value is not null)

{% endtest %}
