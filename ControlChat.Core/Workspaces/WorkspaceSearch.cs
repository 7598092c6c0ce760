using System.Text;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Workspaces;

/// <param name="Text">Part of a title, in any case; null for all.</param>
/// <param name="Tag">One exact tag.</param>
/// <param name="State">One state; null for all three.</param>
/// <param name="After">Continues behind this entry.</param>
/// <param name="Limit">1-50.</param>
public sealed record WorkspaceFilter(string? Text, string? Tag, string? State, WorkspaceCursor? After, int Limit);

/// <summary>A place in the list: latest change first, then the id.</summary>
public sealed record WorkspaceCursor(DateTimeOffset UpdatedAt, string Id)
{
    /// <summary>The opaque wire form.</summary>
    public string Encode() => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Timestamps.Format(UpdatedAt)} {Id}")).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>Null for anything this hub never handed out.</summary>
    public static WorkspaceCursor? Decode(string text)
    {
        if (text.Length > 200) return null;
        var padded = text.Replace('-', '+').Replace('_', '/').PadRight((text.Length + 3) / 4 * 4, '=');
        var bytes = new byte[padded.Length];
        if (!Convert.TryFromBase64String(padded, bytes, out var length)) return null;
        var parts = Encoding.UTF8.GetString(bytes, 0, length).Split(' ');
        return parts.Length == 2 && Timestamps.TryParse(parts[0], out var at) && WorkspaceId.IsOne(parts[1]) ? new WorkspaceCursor(at, parts[1]) : null;
    }
}

/// <param name="Next">Null on the last page.</param>
public sealed record WorkspacePage(IReadOnlyList<Workspace> Items, WorkspaceCursor? Next);

/// <summary>Lists what an account can see, latest change first, by keyset.</summary>
public sealed class WorkspaceSearch
{
    // The full-text index knows groups of three characters and nothing shorter.
    private const int Gram = 3;
    private const string RareMember = "select count(*) from (select 1 from workspace_members where account_id = @accountId order by updated_at desc, workspace_id desc limit @few) few";
    private const string RareTag = "select count(*) from (select 1 from workspace_tags where tag = @tag limit @few) few";

    /// <summary>Fewer rows are looked at one by one; so many are walked before another way is tried.</summary>
    internal int Few { get; init; } = 2000;

    public async Task<WorkspacePage> ListAsync(IHubReader reader, string accountId, WorkspaceFilter filter, CancellationToken cancellationToken)
    {
        var text = filter.Text?.Trim() is { Length: > 0 } words ? WorkspaceText.Key(words) : null;
        var titles = TitleSearch.Of(reader.Dialect);
        reader = reader.Searching;
        var arguments = new
        {
            accountId,
            text,
            phrase = text is null ? null : titles.Phrase(text),
            tag = filter.Tag,
            state = filter.State,
            at = filter.After?.UpdatedAt,
            id = filter.After?.Id,
            few = Few,
            limit = filter.Limit + 1,
        };
        var rows = await RowsAsync();
        var items = rows.Take(filter.Limit).Select(r => r.ToWorkspace()).ToList();
        return new WorkspacePage(items, rows.Count > filter.Limit ? new WorkspaceCursor(items[^1].UpdatedAt, items[^1].Id) : null);

        // Rare words lead: few rows, then sorted. Else the latest with the tag, or of the account, are walked in the order of the list: where
        // those fill the page, or are all there are, nothing is left to do. Most often it is so.
        async Task<IReadOnlyList<WorkspaceRow>> RowsAsync()
        {
            var isShort = text is not null && WorkspaceText.Length(text) < Gram;
            if (text is not null && !isShort && await IsRareAsync(titles.CountOf(titles.Index))) return await LedByAsync(Lead.Text);
            if (filter.Tag is not null || isShort)
            {
                var (lead, all) = filter.Tag is not null ? (Lead.Tag, RareTag) : (Lead.Latest, RareMember);
                var latest = await LedByAsync(lead);
                if (latest.Count > filter.Limit || await IsRareAsync(all)) return latest;
            }
            return await LedByAsync(isShort && await IsRareAsync(titles.CountOf(titles.Scan)) ? Lead.Short : Lead.Account);
        }

        Task<IReadOnlyList<WorkspaceRow>> LedByAsync(Lead lead) => reader.QueryAsync<WorkspaceRow>(Sql(titles, lead, filter, text), arguments, cancellationToken);

        async Task<bool> IsRareAsync(string count) => await reader.FindAsync<long>(count, arguments, cancellationToken) < Few;
    }

    /// <summary>The query for a filter: what makes up the page is found first, and only that is looked up whole.</summary>
    internal static string Sql(TitleSearch titles, Lead lead, WorkspaceFilter filter, string? text) =>
        "select " + WorkspaceRow.Columns + " from (" + Page(titles, lead, filter, text) + ") m " + titles.Join + " workspaces w on w.id = m.workspace_id "
        + WorkspaceRow.PinJoin + " " + Ordered("m");

    /// <summary>The memberships of a page; internal, as <see cref="Sql"/>, so that a test can show its plan.</summary>
    internal static string Page(TitleSearch titles, Lead lead, WorkspaceFilter filter, string? text)
    {
        const string columns = "m.account_id, m.workspace_id, m.role, m.updated_at";
        var state = filter.State is null ? "" : " and m.state = @state";
        var isFound = lead is Lead.Text or Lead.Short;
        var sql = new StringBuilder("select " + columns + " from ").Append(lead switch
        {
            Lead.Text => "(" + titles.Index + ") x " + Of("x.id"),
            Lead.Short => "(" + titles.Scan + ") x " + Of("x.id"),
            Lead.Tag => "(select t.workspace_id, t.updated_at from workspace_tags t where t.tag = @tag" + After("t") + " " + Ordered("t") + " limit @few) x " + Of("x.workspace_id"),
            Lead.Latest => "(select " + columns + " from workspace_members m where m.account_id = @accountId" + state + After("m") + " " + Ordered("m") + " limit @few) m",
            _ => "workspace_members m",
        });
        if (text is not null && !isFound) sql.Append(' ').Append(titles.Join).Append(" workspaces c on c.id = m.workspace_id");
        sql.Append(" where m.account_id = @accountId");
        if (filter.Tag is not null && lead != Lead.Tag) sql.Append(" and exists (select 1 from workspace_tags t where t.tag = @tag and t.workspace_id = m.workspace_id)");
        if (text is not null) sql.Append(" and ").Append(titles.Holds(isFound ? "x.title_key" : "c.title_key"));
        if (lead != Lead.Latest) sql.Append(state);
        if (lead is not (Lead.Latest or Lead.Tag)) sql.Append(After("m"));
        return sql.Append(' ').Append(Ordered(lead == Lead.Tag ? "x" : "m")).Append(" limit @limit").ToString();

        string Of(string id) => titles.Join + " workspace_members m on m.account_id = @accountId and m.workspace_id = " + id;

        string After(string row) => filter.After is null ? "" : $" and ({row}.updated_at, {row}.workspace_id) < (@at, @id)";
    }

    private static string Ordered(string row) => $"order by {row}.updated_at desc, {row}.workspace_id desc";
}

/// <summary>What a list query goes through first.</summary>
internal enum Lead
{
    /// <summary>All of the account, in the order of the list.</summary>
    Account,

    /// <summary>The same, but no further than its latest few.</summary>
    Latest,

    /// <summary>The latest few with the tag, in the order of the list.</summary>
    Tag,
    Text,
    Short,
}
