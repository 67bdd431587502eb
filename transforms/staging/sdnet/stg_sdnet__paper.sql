{{ stage_paper('sdnet') }}
