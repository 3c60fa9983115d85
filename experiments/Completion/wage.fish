# Completion of wage for fish. In ~/.config/fish/config.fish: wage completion fish | source
function __wage_complete
    set -l line (string replace -r '^\S+\s*' '' -- (commandline -cp))
    wage "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
end
complete -c wage -a '(__wage_complete)'
