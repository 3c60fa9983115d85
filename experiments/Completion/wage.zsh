#compdef wage
# Completion of wage for zsh. In ~/.zshrc, behind compinit: source <(wage completion zsh)
_wage() {
    local line="${LBUFFER#*[[:space:]]}"
    local -a offered
    offered=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
    offered=("${(@)offered:#}")
    if (( ${#offered} )); then
        compadd -Q -S '' -- "${(@)offered:#*=}"
        compadd -Q -S '' -- "${(@M)offered:#*=}"
    fi
    _files
}
compdef _wage wage
