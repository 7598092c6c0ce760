using ControlChat.Core.Audit;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Webhooks;

/// <summary>What endpoints can be told of: every event of the record, and these that are none of its rows.</summary>
public static class WebhookEvents
{
    /// <summary>Somebody ended sessions at once: one event for all of them.</summary>
    public const string SessionPanic = "session.panic";

    /// <summary>A session has ended and its transcript is whole on disk.</summary>
    public const string TranscriptReady = "transcript.ready";

    /// <summary>An approval still waits and ends soon: once for each.</summary>
    public const string ApprovalExpiring = "approval.expiring";

    /// <summary>An admin tries the endpoint; it gets that whatever it asked for.</summary>
    public const string Test = "webhook.test";

    private static readonly string[] All = ["*", .. AuditEvents.All, SessionPanic, TranscriptReady, ApprovalExpiring, Test];

    /// <exception cref="SettingsException">An endpoint asks for what there is not.</exception>
    public static void Check(WebhooksSection section)
    {
        var faults = section.Endpoints.SelectMany((e, i) => e.Events.Where(name => !All.Contains(name))
            .Select(name => $"Webhooks:Endpoints:{i}:Events has '{name}', which is no event; {Instead(NearestNames.Of(name, All))}")).ToList();
        if (faults.Count > 0) throw new SettingsException(faults);
    }

    private static string Instead(IReadOnlyList<string> near) =>
        near.Count == 0 ? "use '*' for all, or the event of a row of the record such as 'tool.applied'." : $"did you mean {string.Join(" or ", near.Select(n => $"'{n}'"))}?";
}
