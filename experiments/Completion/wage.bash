# Completion of wage for bash, from 4.4 on. In ~/.bashrc: source <(wage completion bash)
_wage() {
    local line="${COMP_LINE:0:COMP_POINT}" word cut='' one
    line="${line#*[[:space:]]}"
    word="${line##*[[:space:]]}"
    # Bash cuts words at '=' and ':' and wants what stands behind the cut.
    local cuts="${COMP_WORDBREAKS//[^=:]/}"
    [[ -n $cuts ]] && cut="${word%"${word##*[$cuts]}"}"
    COMPREPLY=()
    while IFS= read -r one; do
        [[ -n $one && $one == "$word"* ]] && COMPREPLY+=("${one#"$cut"}")
    done < <("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null | tr -d '\r')
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o default -F _wage wage
