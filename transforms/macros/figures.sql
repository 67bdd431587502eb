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
