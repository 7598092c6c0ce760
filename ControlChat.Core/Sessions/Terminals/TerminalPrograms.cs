using System.Text.RegularExpressions;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions.Terminals;

/// <summary>The agent's own interface, and the commands that the operator listed; these get nothing of the hub's but their session's home and workspace.</summary>
internal sealed partial class TerminalPrograms(IHubSettings settings, IAgentKind kind) : ITerminalPrograms
{
    private const int MostArguments = 64;
    private const int MostCharacters = 4_096;

    private static readonly string[] Places = ["/usr/local/bin", "/usr/bin", "/bin"];

    public IReadOnlyList<string> Names => [kind.Name, .. settings.Current.Sessions.Terminal.Commands.Where(c => c != kind.Name).Distinct()];

    public string? Refusal(IReadOnlyList<string> command)
    {
        if (command.Count is 0 or > MostArguments) return $"A command has 1 to {MostArguments} words: a program's name, then its arguments.";
        if (command.Any(w => w.Length > MostCharacters)) return $"A word of a command has at most {MostCharacters:N0} characters.";
        if (command.Any(w => w.Any(char.IsControl))) return "A word of a command holds no control characters.";
        var name = command[0];
        if (!BaseName().IsMatch(name)) return "A program is named without a path: letters, digits, '_', '.', '+' and '-'.";
        if (!Names.Contains(name)) return $"A terminal may not run '{name}'. It may run {string.Join(", ", Names)}; an operator adds others to Sessions:Terminal:Commands.";
        // They would stand above what the hub decides for it.
        return name == kind.Name && command.Count > 1 ? $"'{name}' takes no arguments here." : null;
    }

    public BoxOrder Order(IReadOnlyList<string> command, AgentPlace place)
    {
        if (Refusal(command) is { } refusal) throw new AgentException(refusal);
        if (command[0] == kind.Name) return kind.TerminalOrder(place);
        var program = Places.Select(p => Path.Combine(p, command[0])).FirstOrDefault(File.Exists)
            ?? throw new AgentException($"'{command[0]}' is in none of {string.Join(", ", Places)} on this machine. Install it, or take it from Sessions:Terminal:Commands.");
        return new BoxOrder(program, [.. command.Skip(1)], [], place.Workspace, place.Folder.Home, new Dictionary<string, string>
        {
            ["PATH"] = string.Join(':', Places),
            ["HOME"] = place.Folder.Home,
            ["LANG"] = "C.UTF-8",
            ["COLORTERM"] = "truecolor",
        });
    }

    [GeneratedRegex(@"^[A-Za-z0-9_.+\-]+\z")]
    private static partial Regex BaseName();
}
