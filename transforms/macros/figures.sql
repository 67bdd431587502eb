{#-
    A figure without the noise of binary arithmetic: 15 significant digits, which is what a double
    holds of a decimal figure for certain (4.35 * 100 is 435, not 434.99999999999994).
-#}
{% macro plain(expression) -%}
    cast(printf('%.15g', {{ expression }}) as double)
{%- endmacro %}


{#- To so many decimals, a half away from zero: 0.125 to two decimals is 0.13, -0.125 is -0.13. -#}
{% macro rounded(expression, decimals) -%}
    round({{ plain('(' ~ expression ~ ') * power(10, ' ~ decimals ~ ')') }})
    / power(10, {{ decimals }})
{%- endmacro %}


{#-
    The labels of those dimensions that are left. Codes and labels are both in the order of the
    codes, so the n-th label belongs to the n-th code.
-#}
{% macro labels_left(dimensions, labels, left) -%}
    cast(to_json(map_from_entries(list_transform(
        list_filter(
            list_zip(json_keys({{ dimensions }}), json_keys({{ labels }})),
            lambda pair: list_contains(json_keys({{ left }}), pair[1])
        ),
        lambda pair: (
            pair[2], cast(cast({{ labels }} as json) as map (varchar, varchar))[pair[2]]
        )
    ))) as varchar)
{%- endmacro %}


{#- A figure in the indicator's own unit. -#}
{% macro converted(figure, factor) -%}
    case
        when {{ factor }} = 1 then {{ figure }}
        else {{ plain('(' ~ figure ~ ') * ' ~ factor) }}
    end
{%- endmacro %}


{#-
    First and last day of the period that a day lies in. Its time code (seed time_codes) says how
    many months such a period has and in which month of the year one begins; without months the
    period is the day itself.
-#}
{% macro period_start(day, time_codes) -%}
    coalesce(
        cast(
            date_trunc('month', {{ day }}) - to_months(
                (month({{ day }}) - {{ time_codes }}.first_month + 12) % {{ time_codes }}.months
            ) as date
        ),
        {{ day }}
    )
{%- endmacro %}


{% macro period_end(day, time_codes) -%}
    coalesce(
        cast(
            {{ period_start(day, time_codes) }}
            + to_months({{ time_codes }}.months) - interval 1 day as date
        ),
        {{ day }}
    )
{%- endmacro %}
