using System.Text.RegularExpressions;

namespace ControlChat.Core.Conversations;

/// <summary>
/// All that an agent may have the browser do; the tool checks it and the browser checks it again.
/// Nothing here opens, scrolls to or highlights a decision: the Approvals page and its cards are absent on purpose.
/// </summary>
public static partial class UiActionAllowlist
{
    public const string OpenWorkspace = "open_workspace";
    public const string ShowPage = "show_page";
    public const string ShowTab = "show_tab";
    public const string Highlight = "highlight";

    private static readonly Dictionary<string, string> Pages = new()
    {
        ["ask"] = "/",
        ["workspaces"] = "/workspaces",
        ["sessions"] = "/sessions",
        ["audit"] = "/audit",
        ["logs"] = "/logs",
        ["usage"] = "/usage",
        ["settings"] = "/settings",
    };

    private static readonly Dictionary<string, string> Tabs = new()
    {
        ["workspaces.all"] = "/workspaces",
        ["workspaces.active"] = "/workspaces?state=active",
        ["workspaces.archived"] = "/workspaces?state=archived",
        ["workspaces.trash"] = "/workspaces?state=trashed",
    };

    // Values of data-ui in the markup.
    private static readonly HashSet<string> Elements =
        ["nav-ask", "nav-workspaces", "nav-sessions", "nav-audit", "nav-logs", "nav-usage", "nav-settings", "composer", "search", "workspaces-new", "workspaces-search", "workspaces-list", "sessions-new", "audit-filters", "logs-filters", "usage-range", "settings-theme"];

    public static IReadOnlyList<string> Actions { get; } = [OpenWorkspace, ShowPage, ShowTab, Highlight];

    public static IReadOnlyCollection<string> TargetsOf(string action) => action switch
    {
        ShowPage => Pages.Keys,
        ShowTab => Tabs.Keys,
        Highlight => Elements,
        _ => [],
    };

    public static bool Allows(string action, string target) => action == Highlight ? Elements.Contains(target) : PathOf(action, target) is not null;

    /// <summary>Where the browser goes; null for a highlight and for what is not allowed.</summary>
    public static string? PathOf(string action, string target) => action switch
    {
        ShowPage => Pages.GetValueOrDefault(target),
        ShowTab => Tabs.GetValueOrDefault(target),
        OpenWorkspace when Workspace().IsMatch(target) => $"/workspaces/{target}",
        _ => null,
    };

    [GeneratedRegex(@"\A(ws_[0-9a-f]{32}|local)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Workspace();
}
