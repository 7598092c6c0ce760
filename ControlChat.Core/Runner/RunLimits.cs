using ControlChat.Core.Accounts;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Runner;

/// <summary>What the account of a run may use, read before every turn.</summary>
/// <param name="TokensToday">Used by all of its runs since midnight UTC.</param>
internal sealed record RunLimits(AccountAllowance Most, long TokensToday)
{
    public static async Task<RunLimits> OfAsync(IHubReader reader, AccountLimits limits, string accountId, CancellationToken cancellationToken)
    {
        var most = await limits.OfAsync(reader, accountId, cancellationToken);
        return new RunLimits(most, most.TokensPerDay == 0 ? 0 : await TokenUsage.TodayAsync(reader, accountId, cancellationToken));
    }

    /// <summary>For the model's instructions.</summary>
    public string Words => $"The account may own {Most.Workspaces} workspaces and have {Most.Sessions} agent sessions at once{(Most.TokensPerDay == 0 ? "" : $"; it used {TokensToday} of {Most.TokensPerDay} tokens today (UTC)")}.";

    /// <summary>Why no further turn is taken, or null. The offline planner costs nothing and always answers.</summary>
    public EventError? Refuse(string provider) => Most.TokensPerDay == 0 || TokensToday < Most.TokensPerDay || provider == ModelClients.Offline
        ? null
        : new EventError("limit_reached", $"Your runs used {TokensToday} tokens today and may use {Most.TokensPerDay} a day. Nothing more was started. Slash commands still work; the count begins anew at midnight UTC, or an admin raises Limits:TokensPerDay for you.", null);
}
