namespace ControlChat.Core.Runner;

/// <summary>Why a model step failed; the wire form is lower snake_case.</summary>
public enum ModelFault
{
    /// <summary>429; <see cref="ModelException.RetryAfter"/> when the server said so.</summary>
    RateLimited,

    /// <summary>500 to 599, or an error event inside a stream.</summary>
    ServerError,

    /// <summary>No connection.</summary>
    Unreachable,

    /// <summary>No event for <c>Model:StallTimeout</c>.</summary>
    Stalled,

    /// <summary>The stream ended without its final event.</summary>
    Cut,

    /// <summary>The request can never succeed as it is (400, 401, 403, 404, used-up quota).</summary>
    Rejected,

    /// <summary>The answer is not what the protocol says.</summary>
    Malformed,
}

/// <summary>The one exception of a model client. Its message is for the operator and the person: the fact, then what to set; it never holds a key.</summary>
public sealed class ModelException(ModelFault fault, string message, int? status = null, TimeSpan? retryAfter = null, Exception? inner = null)
    : Exception(message, inner)
{
    public ModelFault Fault { get; } = fault;

    /// <summary><see cref="Fault"/> on the wire: <c>rate_limited</c>, <c>server_error</c>, …</summary>
    public string Kind => Fault switch
    {
        ModelFault.RateLimited => "rate_limited",
        ModelFault.ServerError => "server_error",
        ModelFault.Unreachable => "unreachable",
        ModelFault.Stalled => "stalled",
        ModelFault.Cut => "cut",
        ModelFault.Rejected => "rejected",
        ModelFault.Malformed => "malformed",
        _ => throw new InvalidOperationException($"unknown fault {Fault}"),
    };

    /// <summary>The HTTP status, when there was one.</summary>
    public int? Status { get; } = status;

    /// <summary>How long the server asks to wait; null when it did not say.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>Whether the same request may succeed later.</summary>
    public bool IsTransient => Fault is not (ModelFault.Rejected or ModelFault.Malformed);
}
