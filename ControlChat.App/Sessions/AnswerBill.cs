using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Relay;
using ControlChat.Core.Telemetry;

namespace ControlChat.App.Sessions;

/// <summary>What an answer of the model costs a session: open from the moment the request is on its way, paid once.</summary>
internal sealed partial class AnswerBill(SessionBudget budget, Session session, string model, AnswerTally tally, ILogger logger)
{
    private bool _open;
    private bool _settled;

    public AnswerTally Tally => tally;

    public void Open() => _open = true;

    /// <summary>The model's server refused the request; that is free.</summary>
    public void Cancel() => _settled = true;

    /// <summary>Nobody who goes away stops it.</summary>
    public async Task PayAsync()
    {
        if (!_open || _settled) return;
        _settled = true;
        Meters.ModelUsed(model, tally.Input, tally.Output);
        try
        {
            await budget.SpendAsync(session, tally.Input, tally.Output, CancellationToken.None);
        }
        catch (HubUnavailableException e)
        {
            LogNotCounted(logger, e, session.Id, tally.Input, tally.Output);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The tokens of an agent could not be counted: {Input} in, {Output} out (session {SessionId})")]
    private static partial void LogNotCounted(ILogger logger, Exception exception, string sessionId, long input, long output);
}
