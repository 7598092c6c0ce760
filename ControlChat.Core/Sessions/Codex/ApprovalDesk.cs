namespace ControlChat.Core.Sessions.Codex;

/// <summary>The requests that wait for a person. Each leaves it once: answered, or given up. Safe to use from several threads.</summary>
internal sealed class ApprovalDesk
{
    /// <summary>More than a person would decide on; the rest is refused.</summary>
    public const int Most = 64;

    // Any one request is taken, and no more of them than one may be long.
    private const long MostBytes = JsonLines.MostBytes;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, OpenRequest> _open = [];
    private readonly HashSet<OpenRequest> _taken = new(ReferenceEqualityComparer.Instance);

    /// <param name="Bytes">How much of the stream it took.</param>
    public sealed record OpenRequest(RpcId Id, string Method, AgentApproval Approval, long Bytes);

    /// <param name="displaced">The request that had the same id and can be answered no more, or null.</param>
    /// <returns>False: too much waits already, and this one does not.</returns>
    public bool Open(OpenRequest request, out OpenRequest? displaced)
    {
        lock (_gate)
        {
            _open.Remove(request.Approval.Id, out displaced);
            var waiting = _open.Count + _taken.Count;
            if (waiting >= Most || (waiting > 0 && _open.Values.Concat(_taken).Sum(r => r.Bytes) + request.Bytes > MostBytes)) return false;
            _open.Add(request.Approval.Id, request);
            return true;
        }
    }

    /// <summary>Takes a request to answer it; <see cref="Settle"/> ends that.</summary>
    /// <returns>Null: it is not open any more.</returns>
    public OpenRequest? Take(string approvalId)
    {
        lock (_gate)
        {
            if (!_open.Remove(approvalId, out var request)) return null;
            _taken.Add(request);
            return request;
        }
    }

    /// <param name="tell">Says how it ended, before <see cref="Unsettled"/> can say otherwise.</param>
    /// <returns>False: the agent ended meanwhile, and that was told.</returns>
    public bool Settle(OpenRequest request, Action tell)
    {
        lock (_gate)
        {
            if (!_taken.Remove(request)) return false;
            tell();
            return true;
        }
    }

    /// <summary>The agent has ended: those that were taken and are not settled, and never will be.</summary>
    public IReadOnlyList<OpenRequest> Unsettled()
    {
        lock (_gate)
        {
            List<OpenRequest> left = [.. _taken];
            _taken.Clear();
            return left;
        }
    }

    /// <summary>Gives up one.</summary>
    /// <returns>Null: it is not open any more, or is being answered.</returns>
    public OpenRequest? GiveUpOne(string approvalId)
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

    public static AgentEvent Unanswered(OpenRequest request) => Resolved(request, null);

    public static AgentEvent Resolved(OpenRequest request, AgentAnswer? answer) => new AgentEvent.ApprovalResolved(request.Approval.Id, answer) { TurnId = request.Approval.TurnId };
}
