"""Distillation in linear regression, where its effect is known exactly."""

from dataclasses import dataclass

from venn.checks import ArgumentError, number, whole


@dataclass(frozen=True)
class LinearDistillation:
    r"""What a linear student gains from a population-optimal linear teacher.

    .. math:: y = \langle w, z \rangle + \sigma \varepsilon, \quad t = \langle w_t, z_t \rangle,
              \quad \hat\beta = \text{least squares of } (1 - \lambda) y + \lambda t
              \text{ on } x^s

    The student has n rows of d normal channels.  With the energies
    :math:`A = \|w_{t \setminus s}\|^2` of what only the teacher sees,
    :math:`B = \|w_{s \setminus t}\|^2` of what only the student sees and
    :math:`N = \|w_h\|^2 + \sigma^2` of what neither sees, and :math:`\kappa = d / (n - d - 1)`,

    .. math:: \text{excess risk} = \lambda^2 B + \kappa \left(A + (1 - \lambda)^2 N\right),

    the mean squared error above that of the best linear student.  So distillation helps if and only
    if :math:`(2 - \lambda) \kappa N > \lambda B`, and the best mixing weight is
    :math:`\lambda^* = \kappa N / (B + \kappa N)`.

    Parameters
    ----------
    teacher_specific, student_specific, unseen : float
        The energies A, B and N, each at least 0.
    rows, channels : int
        n and d; n is at least d + 2, below which the risk is infinite.

    Raises
    ------
    ArgumentError
        If a value is not allowed.

    Notes
    -----
    The rows' design is normal, so that the expected inverse of its Gram matrix is that of an inverse
    Wishart distribution, :math:`I / (n - d - 1)`.  There is no intercept.

    Examples
    --------
    >>> student = LinearDistillation(10, 10, 5, rows=200, channels=50)
    >>> round(student.excess_risk(0), 3), round(student.excess_risk(student.best_mixing), 3)
    (5.034, 4.792)
    >>> student.helps(0.1), student.helps(0.5)
    (True, False)
    """

    teacher_specific: float
    student_specific: float
    unseen: float
    rows: int
    channels: int

    def __post_init__(self) -> None:
        for name in ("teacher_specific", "student_specific", "unseen"):
            object.__setattr__(self, name, number(name, getattr(self, name)))
        object.__setattr__(self, "channels", whole("channels", self.channels, at_least=1))
        object.__setattr__(self, "rows", whole("rows", self.rows))
        if self.rows < self.channels + 2:
            allowed = (
                f"must be at least channels + 2 = {self.channels + 2}: below, the risk is infinite"
            )
            raise ArgumentError("rows", self.rows, allowed)

    @property
    def kappa(self) -> float:
        """The cost of estimating: excess risk per unit of residual variance."""
        return self.channels / (self.rows - self.channels - 1)

    def excess_risk(self, mixing: float) -> float:
        """Return the expected excess risk at a mixing weight; 0 is the student without KD."""
        weight = _checked(mixing)
        residual = self.teacher_specific + (1 - weight) ** 2 * self.unseen
        return weight**2 * self.student_specific + self.kappa * residual

    def helps(self, mixing: float) -> bool:
        """Return whether KD at this mixing weight has a smaller risk than the student without."""
        weight = _checked(mixing)
        gained = (2 - weight) * self.kappa * self.unseen
        return weight > 0 and gained > weight * self.student_specific

    @property
    def best_mixing(self) -> float:
        """The mixing weight of the smallest risk; 0 where every weight has the same."""
        gained = self.kappa * self.unseen
        if gained == 0:
            return 0.0
        return gained / (self.student_specific + gained)


def _checked(mixing: float) -> float:
    return number("mixing", mixing, at_most=1)
