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
    // Rare words and tags lead (few rows, then sorted); common ones are met soon enough by walking the account's own order.
    private const int Few = 2000;

    // The full-text index knows groups of three characters and nothing shorter.
    private const int Gram = 3;
    private const string RareMember = "select count(*) from (select 1 from workspace_members where account_id = @accountId limit @few) few";
    private const string RareTag = "select count(*) from (select 1 from workspace_tags where tag = @tag limit @few) few";

    public async Task<WorkspacePage> ListAsync(IHubReader reader, string accountId, WorkspaceFilter filter, CancellationToken cancellationToken)
    {
        var text = filter.Text?.Trim() is { Length: > 0 } words ? WorkspaceText.Key(words) : null;
        var titles = TitleSearch.Of(reader.Dialect);
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
        var lead = await LeadAsync(reader, titles, text, filter.Tag, arguments, cancellationToken);
        var rows = await reader.QueryAsync<WorkspaceRow>(Sql(titles, lead, filter, text), arguments, cancellationToken);
        var items = rows.Take(filter.Limit).Select(r => r.ToWorkspace()).ToList();
        return new WorkspacePage(items, rows.Count > filter.Limit ? new WorkspaceCursor(items[^1].UpdatedAt, items[^1].Id) : null);
    }

    private static async Task<Lead> LeadAsync(IHubReader reader, TitleSearch titles, string? text, string? tag, object arguments, CancellationToken cancellationToken)
    {
        if (text is not null && WorkspaceText.Length(text) >= Gram && await IsRareAsync(reader, titles.CountOf(titles.Index), arguments, cancellationToken)) return Lead.Text;
        // Whoever has few workspaces is served sooner by looking at those alone.
        if (text is not null && WorkspaceText.Length(text) < Gram && !await IsRareAsync(reader, RareMember, arguments, cancellationToken)
            && await IsRareAsync(reader, titles.CountOf(titles.Scan), arguments, cancellationToken)) return Lead.Short;
        return tag is not null && await IsRareAsync(reader, RareTag, arguments, cancellationToken) ? Lead.Tag : Lead.Account;
    }

    private static async Task<bool> IsRareAsync(IHubReader reader, string count, object arguments, CancellationToken cancellationToken) =>
        await reader.FindAsync<long>(count, arguments, cancellationToken) < Few;

    /// <summary>The query for a filter; internal so that a test can show its plan.</summary>
    internal static string Sql(TitleSearch titles, Lead lead, WorkspaceFilter filter, string? text)
    {
        var sql = new StringBuilder("select ").Append(WorkspaceRow.Columns).Append(" from ").Append(lead switch
        {
            Lead.Text => Found(titles.Index),
            Lead.Short => Found(titles.Scan),
            Lead.Tag => "workspace_tags x " + titles.Join + " workspace_members m on m.account_id = @accountId and m.workspace_id = x.workspace_id",
            _ => "workspace_members m",
        });
        sql.Append(' ').Append(titles.Join).Append(" workspaces w on w.id = m.workspace_id ").Append(WorkspaceRow.PinJoin).Append(" where m.account_id = @accountId");
        if (lead == Lead.Tag) sql.Append(" and x.tag = @tag");
        else if (filter.Tag is not null) sql.Append(" and exists (select 1 from workspace_tags t where t.tag = @tag and t.workspace_id = m.workspace_id)");
        if (text is not null) sql.Append(" and ").Append(titles.Holds).Append("(w.title_key, @text) > 0");
        if (filter.State is not null) sql.Append(" and m.state = @state");
        if (filter.After is not null) sql.Append(" and (m.updated_at, m.workspace_id) < (@at, @id)");
        return sql.Append(" order by m.updated_at desc, m.workspace_id desc limit @limit").ToString();

        string Found(string ids) => "(" + ids + ") x " + titles.Join + " workspace_members m on m.account_id = @accountId and m.workspace_id = x.id";
    }
}

/// <summary>What a list query goes through first.</summary>
internal enum Lead
{
    Account,
    Text,
    Short,
    Tag,
}
