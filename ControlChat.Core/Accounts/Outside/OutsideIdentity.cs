namespace ControlChat.Core.Accounts.Outside;

/// <summary>Who somebody outside says a person is, after it was proved that they said it.</summary>
/// <param name="Issuer">Who says so: a provider's issuer URL, or <c>proxy</c>.</param>
/// <param name="Subject">Its lasting name for the person. Issuer and subject are the identity, nothing else is.</param>
/// <param name="By">For the record: <c>openid:NAME</c> or <c>proxy</c>.</param>
public sealed record OutsideIdentity(string Issuer, string Subject, string By)
{
    public string? Name { get; init; }

    /// <summary>Only an address that the outside vouches for; anybody can claim another.</summary>
    public string? Email { get; init; }

    /// <summary>An account with this e-mail that exists here may be taken for the same person, unless this issuer knows that one by another subject.</summary>
    public bool LinksByEmail { get; init; }

    public required Admission Admission { get; init; }

    /// <summary>When the person last proved there who they are; null when the outside does not say.</summary>
    public DateTimeOffset? AuthTime { get; init; }

    /// <summary>The cookie of a session id, from a trusted proxy that vouches for the person at every request; null: a random one, and one proof is enough.</summary>
    public Func<string, string>? CookieOf { get; init; }
}

/// <summary>What the operator's rules make of somebody's groups and address.</summary>
/// <param name="Lets">Who may come in.</param>
/// <param name="Role"><c>member|admin</c>, or null when the hub's own role stands.</param>
public sealed record Admission(Lets Lets, string? Role = null)
{
    /// <param name="values">The person's groups or roles.</param>
    /// <param name="domain">Of their proven e-mail address, or null.</param>
    /// <param name="rules">What the operator set.</param>
    public static Admission Of(IReadOnlyCollection<string> values, string? domain, AdmissionRules rules)
    {
        var domains = rules.AllowedDomains.Count > 0;
        if (domains && (domain is null || !rules.AllowedDomains.Contains(domain, StringComparer.OrdinalIgnoreCase))) return new Admission(Lets.Nobody);
        if (values.Any(v => rules.AdminValues.Contains(v, StringComparer.Ordinal))) return new Admission(Lets.Anybody, "admin");
        if (values.Any(v => rules.MemberValues.Contains(v, StringComparer.Ordinal))) return new Admission(Lets.Anybody, "member");
        if (rules.MemberValues.Count > 0) return new Admission(Lets.Nobody);
        if (domains || rules.Open) return new Admission(Lets.Anybody, rules.AdminValues.Count > 0 ? "member" : null);
        return new Admission(rules.AdminValues.Count > 0 ? Lets.Nobody : Lets.Linked);
    }
}

/// <summary>Whom an admission is for.</summary>
public enum Lets
{
    /// <summary>Not this person.</summary>
    Nobody,

    /// <summary>This person, if an account is linked to them already: no rule speaks of them.</summary>
    Linked,

    /// <summary>This person, with a new account if there is none.</summary>
    Anybody,
}

/// <param name="AdminValues">Groups whose people are admins.</param>
/// <param name="MemberValues">Groups whose people are members; when there are any, nobody else comes in.</param>
/// <param name="AllowedDomains">Domains of proven e-mail addresses; when there are any, nobody else comes in.</param>
/// <param name="Open">Whoever is vouched for comes in when no list says otherwise.</param>
public sealed record AdmissionRules(IReadOnlyList<string> AdminValues, IReadOnlyList<string> MemberValues, IReadOnlyList<string> AllowedDomains, bool Open);
