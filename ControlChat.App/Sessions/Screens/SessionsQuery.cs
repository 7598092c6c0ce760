using System.Text;

namespace ControlChat.App.Sessions.Screens;

/// <summary>What the list shows, as its address says it.</summary>
/// <param name="All">Everybody's, for admins.</param>
/// <param name="Ended">Those that have ended, instead of those that go on.</param>
/// <param name="Workspace">Only of this one.</param>
public sealed record SessionsQuery(bool All, bool Ended, string? Workspace, string? Cursor)
{
    /// <summary>The list with the question of panic stop open.</summary>
    public const string Panic = "/sessions?panic=1";

    public bool IsFiltered => Workspace is not null;

    public string Href
    {
        get
        {
            var href = new StringBuilder("/sessions");
            var sign = '?';
            foreach (var (name, value) in (ReadOnlySpan<(string, string?)>)[("whose", All ? "all" : null), ("state", Ended ? "ended" : null), ("workspace", Workspace), ("cursor", Cursor)])
            {
                if (value is null) continue;
                href.Append(sign).Append(name).Append('=').Append(Uri.EscapeDataString(value));
                sign = '&';
            }
            return href.ToString();
        }
    }

    public static SessionsQuery Of(string? whose, string? state, string? workspace, string? cursor) =>
        new(whose == "all", state == "ended", string.IsNullOrWhiteSpace(workspace) ? null : workspace, string.IsNullOrWhiteSpace(cursor) ? null : cursor);

    /// <summary>The first page of the same view with other filters.</summary>
    public SessionsQuery First() => this with { Cursor = null };
}
