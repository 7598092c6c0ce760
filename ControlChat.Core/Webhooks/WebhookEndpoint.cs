using ControlChat.Core.Settings;

namespace ControlChat.Core.Webhooks;

/// <summary>Somebody the operator wants told. Not a record on purpose: nothing prints its secret by accident.</summary>
/// <param name="name">The only one of this name.</param>
/// <param name="url">https; http for this machine only.</param>
/// <param name="events">Names of events; none, or <c>*</c> among them, means all.</param>
/// <param name="secret">What its deliveries are signed with.</param>
internal sealed class WebhookEndpoint(string name, Uri url, IReadOnlyList<string> events, string secret)
{
    private readonly bool _all = events.Count == 0 || events.Contains("*");

    public string Name => name;

    public Uri Url => url;

    public string Secret => secret;

    /// <summary>For people.</summary>
    public string Wish => _all ? "all events" : string.Join(", ", events);

    public bool Wants(string happened) => _all || happened == WebhookEvents.Test || events.Contains(happened);
}

/// <summary>The endpoints of <c>Webhooks:Endpoints</c>, in the operator's order.</summary>
/// <param name="All">None: nothing is kept, looked for or sent.</param>
/// <param name="AllowPrivate">Whether they may be in private networks and on this machine.</param>
internal sealed record WebhookEndpoints(IReadOnlyList<WebhookEndpoint> All, bool AllowPrivate)
{
    public static WebhookEndpoints Of(WebhooksSection section, HubSecrets secrets) => new(
        [.. section.Endpoints.Select((e, i) => new WebhookEndpoint(e.Name, new Uri(e.Url!), e.Events, secrets.Find($"Webhooks:Endpoints:{i}:Secret")!))], section.AllowPrivate);

    public WebhookEndpoint? Find(string name) => All.FirstOrDefault(e => e.Name == name);
}
