namespace ControlChat.App.Layout;

/// <summary>A page people go to by name. The order is the order of the navigation.</summary>
/// <param name="Named">What it is called, in the reader's language.</param>
/// <param name="Path">Without the leading slash; what a link to it says.</param>
/// <param name="Key">The letter after G, where there is one.</param>
/// <param name="OnTabBar">One of the four places of the phone's tab bar; the rest is under More.</param>
public sealed record Room(Func<string> Named, string Path, string Icon, char? Key, bool OnTabBar, bool FullHubOnly = false)
{
    public string Title => Named();

    public string Href => "/" + Path;

    /// <summary>Its name as data-ui, for an agent that points at it. None for Approvals: nothing points at decisions.</summary>
    public string? Ui => this == Rooms.Approvals ? null : $"nav-{(Path.Length == 0 ? "ask" : Path)}";
}

/// <summary>The rooms there are tools for. A room without tools is not shown.</summary>
public static class Rooms
{
    public static readonly Room Ask = new(() => Texts.Ask, "", "ask", 'a', true);
    public static readonly Room Workspaces = new(() => Texts.Workspaces, "workspaces", "workspaces", 'w', true, FullHubOnly: true);
    public static readonly Room Approvals = new(() => Texts.Approvals, "approvals", "shield", 'p', true);
    public static readonly Room Sessions = new(() => Texts.Sessions, "sessions", "session", 's', true);
    public static readonly Room Audit = new(() => Texts.Audit, "audit", "audit", 'u', false);
    public static readonly Room Logs = new(() => Texts.Logs, "logs", "logs", 'l', false);
    public static readonly Room Usage = new(() => Texts.Usage, "usage", "usage", null, false);
    public static readonly Room Settings = new(() => Texts.Settings, "settings", "settings", null, false);

    private static readonly Room[] All = [Ask, Workspaces, Approvals, Sessions, Audit, Logs, Usage, Settings];

    public static IReadOnlyList<Room> On(ShellFacts facts) => [.. All.Where(room => !(room.FullHubOnly && facts.Lite))];

    /// <summary>The tab bar has five places; the last is More. On a lite hub Audit moves up.</summary>
    public static IReadOnlyList<Room> OnTabBar(ShellFacts facts) =>
        [.. On(facts).Where(room => room.OnTabBar || (facts.Lite && room == Audit))];

    public static IReadOnlyList<Room> UnderMore(ShellFacts facts) => [.. On(facts).Except(OnTabBar(facts))];

    /// <param name="relativePath">The address below the base, without query; conversations live under "c/" and belong to Ask, operations and the policy to Settings, the history of one thing to Audit.</param>
    public static Room? At(string relativePath)
    {
        var first = relativePath.Split('/', '?', '#')[0];
        if (first is "operations" or "policy") return Settings;
        if (first == "history") return Audit;
        return first is "" or "c" or "ask" ? Ask : Array.Find(All, room => room.Path.Length > 0 && room.Path == first);
    }
}
