using System.Text;
using ControlChat.Core.Workspaces;

namespace ControlChat.App.Workspaces;

/// <summary>What the page shows, as its address says it: shared, bookmarked and still there after a reload.</summary>
/// <param name="State">One of <see cref="WorkspaceState"/>; null for all.</param>
/// <param name="Open">The workspace in the drawer.</param>
public sealed record WorkspacesQuery(string? Text, string? Tag, string? State, string? Cursor, string? Open)
{
    public bool IsFiltered => Text is not null || Tag is not null || State is not null;

    /// <summary>The tab of the state.</summary>
    public string Tab => State ?? "all";

    public string Href
    {
        get
        {
            var href = new StringBuilder("/workspaces");
            if (Open is not null) href.Append('/').Append(Uri.EscapeDataString(Open));
            var sign = '?';
            foreach (var (name, value) in (ReadOnlySpan<(string, string?)>)[("text", Text), ("tag", Tag), ("state", State), ("cursor", Cursor)])
            {
                if (value is null) continue;
                href.Append(sign).Append(name).Append('=').Append(Uri.EscapeDataString(value));
                sign = '&';
            }
            return href.ToString();
        }
    }

    /// <summary>From the address; a state nobody knows counts as none.</summary>
    public static WorkspacesQuery Of(string? text, string? tag, string? state, string? cursor, string? open) => new(
        Filled(text), Filled(tag), state is WorkspaceState.Active or WorkspaceState.Archived or WorkspaceState.Trashed ? state : null, Filled(cursor), Filled(open));

    /// <summary>The first page of the same view with other filters.</summary>
    public WorkspacesQuery First() => this with { Cursor = null, Open = null };

    private static string? Filled(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();
}
