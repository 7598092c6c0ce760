namespace ControlChat.Core.Sessions.Codex;

/// <summary>The requests that wait for a person. Each leaves it once: answered, or given up. Safe to use from several threads.</summary>
internal sealed class ApprovalDesk
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, OpenRequest> _open = [];

    public sealed record OpenRequest(RpcId Id, string Method, AgentApproval Approval);

    /// <returns>The request that had the same id and can be answered no more, or null.</returns>
    public OpenRequest? Open(OpenRequest request)
    {
        lock (_gate)
        {
            _open.Remove(request.Approval.Id, out var displaced);
            _open[request.Approval.Id] = request;
            return displaced;
        }
    }

    /// <returns>Null: it is not open any more.</returns>
    public OpenRequest? Take(string approvalId)
    {
        lock (_gate) return _open.Remove(approvalId, out var request) ? request : null;
    }

    /// <summary>Gives up those of a turn; null: all.</summary>
    public IReadOnlyList<OpenRequest> GiveUp(string? turnId)
    {
        lock (_gate)
        {
            var left = _open.Values.Where(r => turnId is null || r.Approval.TurnId == turnId).ToList();
            foreach (var request in left) _open.Remove(request.Approval.Id);
            return left;
        }
    }

    public static AgentEvent Unanswered(OpenRequest request) => new AgentEvent.ApprovalResolved(request.Approval.Id, null) { TurnId = request.Approval.TurnId };
}
