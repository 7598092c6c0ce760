using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.App.Approvals;

/// <summary>The confirm token of one card. It lives in here and nowhere else.</summary>
internal sealed partial class HeldToken(string approvalId, ApprovalDesk desk, ILogger logger)
{
    /// <summary>A minute less than a token lives.</summary>
    private static readonly TimeSpan Age = TimeSpan.FromMinutes(14);

    private string? _token;
    private DateTimeOffset _at;

    public async Task TakeAsync(Principal reader)
    {
        try
        {
            if (await desk.Approvals.OpenAsync(reader, approvalId, CancellationToken.None) is not { ConfirmToken: { } token }) return;
            (_token, _at) = (token, desk.Time.GetUtcNow());
        }
        catch (HubUnavailableException e)
        {
            // The click will try once more.
            LogNotOpened(approvalId, e);
        }
    }

    /// <summary>One that is fresh enough, or null when none can be had.</summary>
    public async Task<string?> FreshAsync(Principal reader)
    {
        if (_token is null || desk.Time.GetUtcNow() - _at > Age) await TakeAsync(reader);
        return _token;
    }

    public void Drop() => _token = null;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Approval {ApprovalId} could not be opened for its card")]
    private partial void LogNotOpened(string approvalId, Exception fault);
}
