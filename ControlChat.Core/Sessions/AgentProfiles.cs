using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions;

/// <summary>
/// How agents are told to work, one Markdown file each (R27): front matter with <c>name</c>, and if wanted <c>model</c>, <c>tools</c> and
/// <c>instructions</c> (one sentence for people), then the prompt. Two are shipped; <c>profiles</c> in the data directory holds an operator's own, which win.
/// </summary>
public sealed class AgentProfiles(HubPaths paths)
{
    public const string Default = "default";
    private const string Resources = "ControlChat.Core.Sessions.Profiles.";
    private static readonly IReadOnlyList<AgentProfile> Shipped = [.. ReadShipped()];

    /// <summary>All there are, by name. A file that is none is left out.</summary>
    public IReadOnlyList<AgentProfile> All => [.. Own().Concat(Shipped).DistinctBy(p => p.Name).OrderBy(p => p.Name, StringComparer.Ordinal)];

    /// <summary>Null for a name that is none.</summary>
    public AgentProfile? Find(string name) => All.FirstOrDefault(p => p.Name == name);

    private IEnumerable<AgentProfile> Own()
    {
        var folder = Path.Combine(paths.DataDirectory, "profiles");
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.md").Order(StringComparer.Ordinal).Select(Read).OfType<AgentProfile>() : [];
    }

    private static AgentProfile? Read(string file)
    {
        try
        {
            return AgentProfile.Read(File.ReadAllText(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static IEnumerable<AgentProfile> ReadShipped()
    {
        var assembly = typeof(AgentProfiles).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Resources, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return AgentProfile.Read(reader.ReadToEnd()) ?? throw new InvalidOperationException($"{name} is no profile.");
        }
    }
}

/// <param name="Name">Small letters, digits, <c>_</c> and <c>-</c>, at most 64.</param>
/// <param name="About">One sentence for people; null when the file has none.</param>
/// <param name="Tools">The tools of the workspace that its sessions have, by name or by module; empty: all.</param>
/// <param name="Prompt">What the agent is told before anything else.</param>
public sealed record AgentProfile(string Name, string? About, string? Model, IReadOnlyList<string> Tools, string Prompt)
{
    private const string Fence = "---";
    private const int MostName = 64;

    /// <summary>Null for a text without front matter, without a name, or without a prompt.</summary>
    public static AgentProfile? Read(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var end = lines[0] == Fence ? Array.IndexOf(lines, Fence, 1) : -1;
        if (end < 0) return null;
        var front = lines[1..end].Select(l => l.Split(':', 2)).Where(p => p.Length == 2).GroupBy(p => p[0].Trim()).ToDictionary(g => g.Key, g => g.Last()[1].Trim());
        var prompt = string.Join('\n', lines[(end + 1)..]).Trim();
        if (!front.TryGetValue("name", out var name) || name.Length is 0 or > MostName || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-') || prompt.Length == 0) return null;
        return new AgentProfile(name, front.GetValueOrDefault("instructions"), front.GetValueOrDefault("model"), [.. (front.GetValueOrDefault("tools") ?? "").Trim('[', ']').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)], prompt);
    }
}
