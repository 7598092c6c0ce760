namespace ControlChat.App.Ui;

public enum TimeForm
{
    /// <summary>"14:03"</summary>
    Clock,

    /// <summary>"14:03:19"</summary>
    Seconds,

    /// <summary>"21 Nov 14:03:19"</summary>
    Stamp,

    /// <summary>"4 min", "Fri 16:40", "9 Jun"</summary>
    Age,
}
