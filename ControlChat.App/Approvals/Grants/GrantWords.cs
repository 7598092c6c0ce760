using ControlChat.App.Ui;
using ControlChat.Core.Gate.Grants;
using ControlChat.Core.Workspaces;

namespace ControlChat.App.Approvals.Grants;

/// <summary>A grant in plain words.</summary>
internal static class GrantWords
{
    private const int MostNames = 100;

    /// <summary>Titles by id, of the workspaces among them that the reader may see.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> NamesAsync(ApprovalDesk desk, IEnumerable<GrantConstraint> constraints)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        if (desk.Reader is not { } reader) return names;
        foreach (var id in constraints.Where(c => c.Is != GrantConstraint.Beginning).SelectMany(c => c.Values).Distinct(StringComparer.Ordinal).Where(WorkspaceId.IsOne).Take(MostNames))
            names[id] = await desk.Facts.WorkspaceAsync(reader, id, CancellationToken.None);
        return names;
    }

    /// <summary>"kettle, pan": each thing by its name, else by its id.</summary>
    /// <param name="most">How many are told by name; the rest are counted.</param>
    public static string Things(IEnumerable<GrantConstraint> constraints, IReadOnlyDictionary<string, string> names, int most = int.MaxValue) =>
        string.Join("; ", constraints.Select(c => c.Is == GrantConstraint.Beginning ? Texts.BeginsWith.With(c.Values[0])
            : string.Join(", ", c.Values.Take(most).Select(id => names.GetValueOrDefault(id, id))) + (c.Values.Count > most ? Texts.AndMore.With(c.Values.Count - most) : "")));

    public static string Who(GrantParty party) => party.TokenName is { } token ? Texts.ThroughToken.With(party.Name, token) : party.Name;

    public static (string Word, string Tone) State(Grant grant) => grant.Status switch
    {
        "active" => (Texts.StateActive, "ok"),
        "used_up" => (Texts.StateUsedUp, "off"),
        "over" => (Texts.StateOver, "off"),
        _ => (Texts.StateRevoked, "warn"),
    };

    /// <summary>Why it was revoked; empty when it was not.</summary>
    public static string Why(Grant grant) => grant.Reason switch
    {
        "role" => Texts.WhyRole,
        "closed" => Texts.WhyClosed,
        "token" => Texts.WhyToken,
        "membership" => Texts.WhyMembership,
        "person" => Texts.WhyPerson,
        _ => "",
    };
}
